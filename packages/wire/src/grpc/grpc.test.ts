import { randomBytes } from "node:crypto";
import { deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { cut, cuts } from "../../tests/support/splits.ts";
import { toUtf8 } from "../core/bytes.ts";
import { writeEnvelope } from "../core/envelope.ts";
import { parseGrpcContentType } from "./content-type.ts";
import { createGrpcDecoder } from "./decoder.ts";
import type { GrpcEvent } from "./events.ts";
import type { GrpcDecoderOptions, GrpcFormat } from "./options.ts";
import { readGrpcStatus } from "./status.ts";
import { formatGrpcTimeout, parseGrpcTimeoutMs } from "./timeout.ts";

const HELLO = toUtf8("hello");
const TRAILERS = toUtf8("grpc-status: 5\r\nGrpc-Message:not%20found\r\n");

function decode(options: GrpcDecoderOptions, ...chunks: readonly Uint8Array[]): GrpcEvent[] {
  const decoder = createGrpcDecoder(options);
  return [...chunks.flatMap((chunk) => [...decoder.push(chunk)]), ...decoder.end()];
}

const base64 = (bytes: Uint8Array) => toUtf8(Buffer.from(bytes).toString("base64"));
const codes = (events: readonly GrpcEvent[]) =>
  events.flatMap((event) => (event.type === "error" ? [event.error.code] : []));

test("createGrpcDecoder + the same events however the input is cut", () => {
  const message = fc.record({ payload: fc.uint8Array({ maxLength: 60 }), flags: fc.constantFrom(0, 0, 1, 2, 0x80) });
  const format = fc.constantFrom<GrpcFormat>("grpc", "grpc-web", "grpc-web-text");
  fc.assert(
    fc.property(fc.record({ list: fc.array(message), format, at: cuts, lost: fc.nat(8) }), (input) => {
      const whole = Buffer.concat(input.list.map(({ payload, flags }) => writeEnvelope(flags, payload)));
      const body = new Uint8Array(whole.subarray(0, Math.max(0, whole.length - input.lost)));
      const bytes = input.format === "grpc-web-text" ? base64(body) : body;
      const options = { format: input.format, maxMessageBytes: 50 };
      expect(decode(options, ...cut(bytes, input.at))).toEqual(decode(options, bytes));
    }),
  );
});

test("createGrpcDecoder + puts a large message together when it is read, and says null when a part of it is gone", () => {
  const payload = Uint8Array.from({ length: 20_000 }, (_, at) => at % 251);
  const parts = () => cut(writeEnvelope(0, payload), [0.3, 0.5, 0.51]);
  const [message] = decode({}, ...parts());
  expect(message).toHaveProperty("payload", payload);
  const lost = parts();
  const [incomplete] = decode({}, ...lost);
  lost[0]?.buffer.transfer();
  expect(incomplete).toMatchObject({ type: "message", length: 20_000, payload: null });
});

test("createGrpcDecoder + holds no short part of a message by a view, which would keep all that was pushed with it", () => {
  const decoder = createGrpcDecoder();
  const events = cut(writeEnvelope(0, HELLO), [0.3, 0.6, 0.8]).flatMap((part) => {
    const shown = decoder.push(part);
    part.buffer.transfer();
    return shown;
  });
  expect(events).toMatchObject([{ type: "message", payload: HELLO }]);
});

test("createGrpcDecoder + says that it can't decompress a message whose first bytes are gone", () => {
  const decoder = createGrpcDecoder({ encoding: "gzip" });
  const events = cut(writeEnvelope(1, gzipSync(randomBytes(9000))), [0.7]).flatMap((part) => {
    const shown = decoder.push(part);
    part.buffer.transfer();
    return shown;
  });
  expect(events[0]).toMatchObject({ type: "message", payload: null });
  expect(codes(events)).toEqual(["grpc.not_kept"]);
});

test.each([
  ["gzip", gzipSync(HELLO)],
  ["deflate", deflateSync(HELLO)],
])("createGrpcDecoder + opens messages compressed by %s and leaves others alone", (encoding, compressed) => {
  const events = decode({ encoding }, writeEnvelope(1, compressed), writeEnvelope(0, HELLO));
  expect(events).toMatchObject([
    { type: "message", index: 0, offset: 0, length: compressed.length, compressed: true },
    { type: "message", index: 1, offset: compressed.length + 5, length: 5, compressed: false, payload: HELLO },
  ]);
  expect(events[0]).toHaveProperty("payload.length", 5);
});

test.each([
  ["a cut message", {}, writeEnvelope(0, HELLO).subarray(0, 7), "truncated", 7],
  ["flags without a meaning", {}, writeEnvelope(2, HELLO), "bad_flags", 0],
  ["a message over the limit", { maxMessageBytes: 4 }, writeEnvelope(0, HELLO), "message_too_large", 0],
  ["a compressed one over the limit", { encoding: "gzip", maxMessageBytes: 1000 }, bomb(), "decompressed_too_large", 0],
  ["a compressed one without a coding", {}, writeEnvelope(1, HELLO), "unknown_encoding", 0],
  ["damaged compression", { encoding: "gzip" }, writeEnvelope(1, HELLO), "bad_compression", 0],
  ["text that is not base64", { format: "grpc-web-text" }, toUtf8("AAAA!AAA"), "bad_base64", 3],
  ["text that ends inside a group", { format: "grpc-web-text" }, toUtf8("AA"), "truncated", 0],
])("createGrpcDecoder + tells %s", (...[, options, bytes, code, offset]) => {
  const error = decode(options as GrpcDecoderOptions, bytes).find((event) => event.type === "error");
  expect(error).toMatchObject({ error: { code: `grpc.${code}`, offset } });
});

test("createGrpcDecoder + a message over the limit is skipped and the next one read", () => {
  const events = decode({ maxMessageBytes: 5 }, writeEnvelope(0, toUtf8("too long")), writeEnvelope(0, HELLO));
  expect(events).toMatchObject([{ payload: null, length: 8 }, { type: "error" }, { index: 1, payload: HELLO }]);
});

test("createGrpcDecoder + gRPC-Web ends with its trailers", () => {
  const body = [writeEnvelope(0, HELLO), writeEnvelope(0x80, TRAILERS), writeEnvelope(0, HELLO)];
  const events = decode({ format: "grpc-web" }, ...body);
  expect(events[1]).toMatchObject({ type: "trailers", status: { code: 5, name: "NOT_FOUND", message: "not found" } });
  expect(codes(events)).toEqual(["grpc.after_trailers"]);
});

test("createGrpcDecoder + gRPC-Web text may be padded after every part", () => {
  const parts = [writeEnvelope(0, HELLO), writeEnvelope(0x80, TRAILERS)].map(base64);
  expect(decode({ format: "grpc-web-text" }, ...parts)).toMatchObject([
    { type: "message", payload: HELLO },
    { type: "trailers", status: { code: 5 } },
  ]);
});

test("createGrpcDecoder + any bytes give a result", () => {
  const format = fc.constantFrom<GrpcFormat>("grpc", "grpc-web", "grpc-web-text");
  fc.assert(
    fc.property(fc.array(fc.uint8Array()), format, (chunks, format) => {
      decode({ format, encoding: "gzip" }, ...chunks);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ["1H", 3_600_000],
  ["2M", 120_000],
  ["30S", 30_000],
  ["99999999m", 99_999_999],
  ["100u", 0.1],
  ["500n", 0.0005],
  ["0m", 0],
  ["", undefined],
  ["m", undefined],
  ["1", undefined],
  ["123456789m", undefined],
  ["1s", undefined],
  ["-1S", undefined],
  ["1.5S", undefined],
])("parseGrpcTimeoutMs + %s", (text, ms) => {
  expect(parseGrpcTimeoutMs(text)).toBe(ms);
});

test("formatGrpcTimeout + reads back as no less, and at most a unit in eight digits more", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e12, noNaN: true }), (ms) => {
      const text = formatGrpcTimeout(ms);
      expect(text).toMatch(/^[1-9]\d{0,7}[HMSmun]$/);
      const read = parseGrpcTimeoutMs(text) ?? Number.NaN;
      expect(read).toBeGreaterThanOrEqual(ms * (1 - 1e-12));
      expect(read - ms).toBeLessThanOrEqual(Math.max(1e-6, ms * 1.01e-5));
    }),
  );
  expect([0, -5, 1, 1500, 200_000_000].map(formatGrpcTimeout)).toEqual(["1n", "1n", "1000000n", "1500000u", "200000S"]);
});

test.each([
  ["application/grpc", { format: "grpc", codec: "proto" }],
  ["application/grpc+json", { format: "grpc", codec: "json" }],
  ["application/grpc-web+proto; charset=utf-8", { format: "grpc-web", codec: "proto" }],
  ["application/GRPC-web-text", { format: "grpc-web-text", codec: "proto" }],
  ["application/grpcish", undefined],
  ["application/json", undefined],
])("parseGrpcContentType + %s", (value, expected) => {
  expect(parseGrpcContentType(value)).toEqual(expected);
});

test.each([
  [[["grpc-status", "0"]], { code: 0, name: "OK", message: "", details: undefined }],
  [
    [
      ["grpc-status", "99"],
      ["grpc-message", "50%25 %E2%82%AC 5% %zz"],
    ],
    { code: 99, name: "99", message: "50% € 5% %zz" },
  ],
  [[["grpc-status", null]], { code: null, name: "unknown" }],
  [[["grpc-status", "x"]], { code: null, name: "unknown" }],
  [
    [
      ["grpc-status", "3"],
      ["grpc-status-details-bin", "CAM"],
    ],
    { code: 3, details: Uint8Array.from([8, 3]) },
  ],
  [
    [
      ["grpc-status", "3"],
      ["grpc-status-details-bin", "!"],
    ],
    { code: 3, details: undefined },
  ],
])("readGrpcStatus + %j", (fields, status) => {
  expect(readGrpcStatus(fields.map(([name = null, value = null]) => ({ name, value })))).toMatchObject(status);
});

/** A hundred kilobytes in a few hundred bytes. */
function bomb(): Uint8Array {
  return writeEnvelope(1, gzipSync(new Uint8Array(100_000)));
}
