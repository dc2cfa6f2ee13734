import { Metadata } from "@grpc/grpc-js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sendable, toMetadata } from "./metadata.ts";
import { WireHeaders } from "./wire-headers.ts";

const name = fc.constantFrom("x-a", "X-A", "x-b", "x-c", "X-c");
const value = fc.stringMatching(/^[!-~]{1,8}$/);
const action = fc.oneof(
  fc.record({ kind: fc.constantFrom("set" as const, "append" as const), name, value }),
  fc.record({ kind: fc.constant("delete" as const), name, value }),
);

test("WireHeaders does what Headers does", () => {
  fc.assert(
    fc.property(fc.array(action), (actions) => {
      const [ours, builtIn] = [new WireHeaders(), new Headers()];
      for (const { kind, name, value } of actions) {
        for (const headers of [ours, builtIn]) kind === "delete" ? headers.delete(name) : headers[kind](name, value);
      }
      expect([...ours]).toEqual([...builtIn]);
      expect([...ours.keys()]).toEqual([...builtIn.keys()]);
      expect([...ours.values()]).toEqual([...builtIn.values()]);
      for (const each of ["x-a", "X-B", "none"]) {
        expect([ours.get(each), ours.has(each)]).toEqual([builtIn.get(each), builtIn.has(each)]);
      }
      const visited: string[] = [];
      ours.forEach((text, field) => void visited.push(`${field}: ${text}`));
      expect(visited).toEqual([...builtIn].map(([field, text]) => `${field}: ${text}`));
      expect([...new Headers(ours)]).toEqual([...builtIn]);
    }),
  );
});

test("WireHeaders shows binary values in base64 and sends them as bytes", () => {
  const received = new Metadata();
  received.add("x-bin", Buffer.from([0, 255]));
  received.add("x-bin", Buffer.from([1]));
  expect(new WireHeaders(received).get("x-bin")).toBe("AP8=, AQ==");
  const sent = new WireHeaders();
  sent.set("x-bin", "AP8,AQ==");
  expect(sent.metadata?.get("x-bin")).toEqual([Buffer.from([0, 255]), Buffer.from([1])]);
  // The specification of gRPC wants no padding on the wire.
  expect(sent.metadata?.clone().toHttp2Headers()).toEqual({ "x-bin": ["AP8", "AQ"] });
});

test("WireHeaders takes any name and value without throwing", () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ unit: "grapheme" }), (anyName, anyValue) => {
      const headers = new WireHeaders();
      headers.set(anyName, anyValue);
      headers.append(anyName, anyValue);
      toMetadata(headers).toHttp2Headers();
    }),
  );
});

test("WireHeaders percent-encodes what is not printable ASCII, and leaves the protocol's own headers out", () => {
  const headers = new WireHeaders();
  headers.set("x-text", "Grüße 100%\n");
  headers.set("grpc-status", "0");
  headers.set("Content-Type", "text/html");
  headers.set("bad name", "x");
  expect([...headers]).toEqual([["x-text", "Gr%C3%BC%C3%9Fe 100%%0A"]]);
});

test("sendable is nothing for empty headers, built in ones too", () => {
  expect(sendable(new WireHeaders())).toBeUndefined();
  expect(sendable(new Headers())).toBeUndefined();
  expect(sendable(new Headers({ "x-a": "1" }))?.get("x-a")).toEqual(["1"]);
});
