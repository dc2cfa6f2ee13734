import { Code, ConnectError } from "@connectrpc/connect";
import { HelpSchema, RetryInfoSchema } from "@polywire/contract/google/rpc/error_details";
import { codeName, errorDetails, rpcError } from "@polywire/rpc";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fromWire, toWire } from "./errors.ts";
import { toMetadata } from "./metadata.ts";

const CODES = Object.values(Code).filter((value) => typeof value === "number");

test.each(CODES.map((code) => [codeName(code), code] as const))("fromWire reads back %s from toWire", (_name, code) => {
  const sent = new ConnectError("no", code, { "x-more": "1" }, [
    { desc: HelpSchema, value: { links: [{ url: "u" }] } },
  ]);
  const received = fromWire(toWire(sent));
  expect([received.code, received.rawMessage, received.metadata.get("x-more")]).toEqual([code, "no", "1"]);
  expect(received.findDetails(HelpSchema)[0]?.links[0]?.url).toBe("u");
  expect(received.isWireError).toBe(true);
});

test("fromWire reads back any text from toWire, with its details", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const received = fromWire(toWire(rpcError("ORDER_NOT_FOUND", text)));
      expect(received.rawMessage).toBe(text.toWellFormed());
      expect(errorDetails(received).reason).toBe("ORDER_NOT_FOUND");
    }),
  );
});

test("toWire shows nothing of what is no ConnectError", () => {
  const { code, details, metadata } = toWire(new Error("secret"));
  expect([code, details]).toEqual([Code.Internal, "internal error"]);
  expect(JSON.stringify(metadata.toJSON())).not.toContain("secret");
});

test("toWire ends as INTERNAL when details cannot be encoded", () => {
  const broken = { desc: RetryInfoSchema, value: { retryDelay: { seconds: "soon" as unknown as bigint } } };
  expect(toWire(new ConnectError("x", Code.NotFound, undefined, [broken])).code).toBe(Code.Internal);
});

test("toWire sends what the handler has put into the trailers", () => {
  expect(toWire(new Error("x"), new Headers({ "x-trailer": "1" })).metadata.get("x-trailer")).toEqual(["1"]);
});

test("fromWire keeps the status when its details are broken or belong to another code", () => {
  const broken = toMetadata(new Headers({ "grpc-status-details-bin": "////" }));
  expect(fromWire({ code: Code.Aborted, details: "no", metadata: broken }).code).toBe(Code.Aborted);
  const { metadata } = toWire(rpcError("ORDER_NOT_FOUND", "no such order"));
  expect(fromWire({ code: Code.Aborted, details: "no", metadata })).toMatchObject({
    code: Code.Aborted,
    rawMessage: "no",
  });
});

test("fromWire takes a code that it does not know for UNKNOWN", () => {
  expect(fromWire({ code: 99, details: "no" }).code).toBe(Code.Unknown);
});
