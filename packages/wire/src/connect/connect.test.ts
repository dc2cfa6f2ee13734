import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { cut, cuts } from "../../tests/support/splits.ts";
import { toUtf8 } from "../core/bytes.ts";
import { writeEnvelope } from "../core/envelope.ts";
import { readConnectCall } from "./call.ts";
import { createConnectStreamDecoder } from "./decoder.ts";
import type { ConnectStreamEvent } from "./events.ts";
import { readConnectFailure } from "./failure.ts";
import type { ConnectStreamDecoderOptions } from "./options.ts";

const HELLO = toUtf8("hello");
const END = writeEnvelope(2, toUtf8("{}"));
const FAILURE = { code: "not_found", message: "no order", details: [{ type: "a.B", value: "CAM" }] };

function decode(options: ConnectStreamDecoderOptions, ...chunks: readonly Uint8Array[]): ConnectStreamEvent[] {
  const decoder = createConnectStreamDecoder(options);
  return [...chunks.flatMap((chunk) => [...decoder.push(chunk)]), ...decoder.end()];
}

test("createConnectStreamDecoder + the same events however the input is cut", () => {
  const message = fc.record({ payload: fc.uint8Array({ maxLength: 60 }), flags: fc.constantFrom(0, 0, 1, 2, 4) });
  fc.assert(
    fc.property(fc.array(message), cuts, (list, at) => {
      const bytes = new Uint8Array(Buffer.concat(list.map(({ payload, flags }) => writeEnvelope(flags, payload))));
      expect(decode({ maxMessageBytes: 50 }, ...cut(bytes, at))).toEqual(decode({ maxMessageBytes: 50 }, bytes));
    }),
  );
});

test("createConnectStreamDecoder + messages, compressed or not, and how the stream ended", () => {
  const json = JSON.stringify({ error: FAILURE, metadata: { "x-id": ["1", "2"], odd: 3 } });
  const body = [writeEnvelope(0, HELLO), writeEnvelope(1, gzipSync(HELLO)), writeEnvelope(3, gzipSync(json))];
  expect(decode({ encoding: "gzip" }, ...body)).toMatchObject([
    { type: "message", index: 0, compressed: false, payload: HELLO },
    { type: "message", index: 1, compressed: true },
    { type: "end-stream", failure: FAILURE, metadata: { "x-id": ["1", "2"], odd: [] } },
  ]);
  expect(decode({}, END)).toMatchObject([{ type: "end-stream", failure: undefined, metadata: {} }]);
});

test.each([
  ["a cut envelope", {}, [END.subarray(0, 3)], "truncated"],
  ["a response without its end", {}, [writeEnvelope(0, HELLO)], "no_end_stream"],
  ["something behind the end", {}, [END, writeEnvelope(0, HELLO)], "after_end_stream"],
  ["an end that is not JSON", {}, [writeEnvelope(2, HELLO)], "bad_end_stream"],
  ["an end whose error is not an object", {}, [writeEnvelope(2, toUtf8('{"error":1}'))], "bad_end_stream"],
  ["flags without a meaning", {}, [writeEnvelope(4, HELLO), END], "bad_flags"],
  ["a message over the limit", { maxMessageBytes: 4 }, [writeEnvelope(0, HELLO), END], "message_too_large"],
  ["damaged compression", { encoding: "gzip" }, [writeEnvelope(1, HELLO), END], "bad_compression"],
])("createConnectStreamDecoder + tells %s", (...[, options, chunks, code]) => {
  const codes = decode(options, ...chunks).flatMap((event) => (event.type === "error" ? [event.error.code] : []));
  expect(codes).toEqual([`connect.${code}`]);
});

test("createConnectStreamDecoder + a request needs no end", () => {
  expect(decode({ direction: "request" }, writeEnvelope(0, HELLO))).toMatchObject([{ type: "message" }]);
});

test.each([
  ['{"code":"not_found","message":"no order","details":[{"type":"a.B","value":"CAM"},7]}', FAILURE],
  ["{}", { code: "unknown", message: "", details: [] }],
  ["[]", undefined],
  ["{", undefined],
  ["", undefined],
])("readConnectFailure + %s", (body, expected) => {
  expect(readConnectFailure(toUtf8(body))).toEqual(expected);
});

const PATH = "/test.Things/Get";
const post = (headers: Record<string, string>) => ({ method: "POST", path: PATH, headers });
const get = (query: string) => ({ method: "GET", path: `${PATH}?${query}`, headers: { "connect-timeout-ms": "50" } });

test.each([
  [
    post({ "content-type": "application/proto", "connect-timeout-ms": "1500" }),
    { kind: "unary", codec: "proto", timeoutMs: 1500 },
  ],
  [
    post({ "content-type": "application/json; charset=utf-8", "connect-protocol-version": "1" }),
    { kind: "unary", codec: "json" },
  ],
  [post({ "content-type": "application/json" }), undefined],
  [
    post({ "content-type": "application/connect+json", "connect-content-encoding": "gzip" }),
    { kind: "stream", codec: "json", encoding: "gzip" },
  ],
  [post({ "content-type": "application/proto", "connect-timeout-ms": "12345678901" }), { timeoutMs: undefined }],
  [post({ "content-type": "text/html" }), undefined],
  [post({}), undefined],
  [
    get("connect=v1&encoding=json&message=%7B%7D"),
    { kind: "get", path: PATH, codec: "json", message: toUtf8("{}"), timeoutMs: 50 },
  ],
  [
    get("encoding=proto&base64=1&message=_-8&compression=gzip"),
    { kind: "get", message: Uint8Array.from([255, 239]), encoding: "gzip" },
  ],
  [get("encoding=proto&base64=1&message=!"), { kind: "get", message: undefined }],
  [get("page=2"), undefined],
])("readConnectCall + %j", ({ method, path, headers }, expected) => {
  const fields = Object.entries(headers).map(([name, value]) => ({ name, value }));
  const call = readConnectCall({ method, path, fields });
  if (expected === undefined) expect(call).toBeUndefined();
  else expect(call).toMatchObject(expected);
});
