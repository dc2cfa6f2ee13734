import { expect, test } from "vitest";
import { fromHex } from "../../tests/support/hex.ts";
import { createFrameDecoder } from "./decoder.ts";
import { createFrameEncoder, type FrameEncoder } from "./encoder.ts";
import { errorCodeFor } from "./errors.ts";
import { formatPriority, parsePriority } from "./priority.ts";

const BYTES = Uint8Array.from([1, 2, 3]);
const OPAQUE = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]);

test.each<[string, (frames: FrameEncoder) => boolean, string, object]>([
  ["DATA", (f) => f.data(1, BYTES, true), "000003 00 01 00000001 010203", { data: BYTES, endStream: true }],
  ["HEADERS", (f) => f.headers(1, BYTES, false), "000003 01 04 00000001 010203", { fragment: BYTES, endHeaders: true }],
  ["RST_STREAM", (f) => f.rstStream(3, 8), "000004 03 00 00000003 00000008", { errorCode: 8 }],
  [
    "SETTINGS",
    (f) => f.settings([{ id: 4, value: 65_536 }]),
    "000006 04 00 00000000 000400010000",
    { settings: [{ id: 4, value: 65_536 }] },
  ],
  ["SETTINGS", (f) => f.settingsAck(), "000000 04 01 00000000", { ack: true }],
  [
    "PUSH_PROMISE",
    (f) => f.pushPromise(1, 2, BYTES),
    "000007 05 04 00000001 00000002 010203",
    { promisedStreamId: 2, fragment: BYTES },
  ],
  ["PING", (f) => f.ping(OPAQUE, true), "000008 06 01 00000000 0102030405060708", { opaque: OPAQUE, ack: true }],
  [
    "GOAWAY",
    (f) => f.goaway(7, 2, BYTES),
    "00000b 07 00 00000000 00000007 00000002 010203",
    { lastStreamId: 7, errorCode: 2, debug: BYTES },
  ],
  [
    "WINDOW_UPDATE",
    (f) => f.windowUpdate(1, 2 ** 31 - 1),
    "000004 08 00 00000001 7fffffff",
    { increment: 2 ** 31 - 1 },
  ],
  [
    "PRIORITY_UPDATE",
    (f) => f.priorityUpdate(5, { urgency: 1, incremental: true }),
    "00000a 10 00 00000000 00000005 753d312c2069",
    { prioritizedStreamId: 5, value: "u=1, i", priority: { urgency: 1, incremental: true } },
  ],
  [
    "UNKNOWN",
    (f) => f.raw({ typeCode: 0xfa, flags: 0xff, streamId: 9 }, BYTES),
    "000003 fa ff 00000009 010203",
    { payload: BYTES },
  ],
])("createFrameEncoder and createFrameDecoder + %s as RFC 9113 section 6 has it", (...[type, write, hex, parts]) => {
  const target = new Uint8Array(64);
  const frames = createFrameEncoder(target);
  expect(write(frames)).toBe(true);
  expect(target.subarray(0, frames.length)).toEqual(fromHex(hex));
  expect(createFrameDecoder().push(fromHex(hex))).toMatchObject([{ type, offset: 0, ...parts }]);
});

test.each([
  [
    "HEADERS",
    "00000b 01 28 00000001 02 80000003 0f 010203 0000",
    { fragment: BYTES, paddingBytes: 3, dependency: { dependsOn: 3, exclusive: true, weight: 16 } },
  ],
  ["PRIORITY", "000005 02 00 00000003 00000001 ff", { dependency: { dependsOn: 1, exclusive: false, weight: 256 } }],
  ["CONTINUATION", "000003 09 04 00000001 010203", { fragment: BYTES, endHeaders: true }],
  ["DATA", "000006 00 08 80000001 02 010203 0000", { data: BYTES, streamId: 1, paddingBytes: 3 }],
])("createFrameDecoder + %s with its optional parts", (type, hex, parts) => {
  expect(createFrameDecoder().push(fromHex(hex))).toMatchObject([{ type, ...parts }]);
});

test.each([
  ["DATA on stream 0", "000000 00 00 00000000", "stream_required"],
  ["HEADERS on stream 0", "000000 01 04 00000000", "stream_required"],
  ["CONTINUATION on stream 0", "000000 09 04 00000000", "stream_required"],
  ["PRIORITY_UPDATE of stream 0", "000004 10 00 00000000 00000000", "stream_required"],
  ["SETTINGS on a stream", "000000 04 00 00000001", "stream_forbidden"],
  ["PING on a stream", "000008 06 00 00000001 0000000000000000", "stream_forbidden"],
  ["GOAWAY on a stream", "000008 07 00 00000001 0000000000000000", "stream_forbidden"],
  ["padding as long as the payload", "000002 00 08 00000001 02 00", "bad_padding"],
  ["padding without a length", "000000 00 08 00000001", "bad_padding"],
  ["HEADERS too short for their priority", "000003 01 24 00000001 000000", "bad_length"],
  ["PRIORITY of four bytes", "000004 02 00 00000001 00000000", "bad_length"],
  ["RST_STREAM of three bytes", "000003 03 00 00000001 000000", "bad_length"],
  ["SETTINGS of five bytes", "000005 04 00 00000000 0000000000", "bad_length"],
  ["an acknowledgement with settings", "000006 04 01 00000000 000100000000", "bad_length"],
  ["PUSH_PROMISE of three bytes", "000003 05 04 00000001 000000", "bad_length"],
  ["PING of seven bytes", "000007 06 00 00000000 00000000000000", "bad_length"],
  ["GOAWAY of seven bytes", "000007 07 00 00000000 00000000000000", "bad_length"],
  ["WINDOW_UPDATE of five bytes", "000005 08 00 00000000 0000000001", "bad_length"],
  ["WINDOW_UPDATE of nothing", "000004 08 00 00000000 80000000", "zero_increment"],
  ["ENABLE_PUSH of 2", "000006 04 00 00000000 000200000002", "bad_setting"],
  ["MAX_FRAME_SIZE of 16383", "000006 04 00 00000000 000500003fff", "bad_setting"],
  ["INITIAL_WINDOW_SIZE of 2^31", "000006 04 00 00000000 000480000000", "bad_initial_window"],
  ["more settings than the limit", "00000c 04 00 00000000 000300000001 000300000001", "too_many_settings"],
])("createFrameDecoder + refuses %s and reads on behind it", (_, hex, code) => {
  const ping = "000008 06 00 00000000 0000000000000000";
  const frames = createFrameDecoder({ maxSettings: 1 }).push(fromHex(hex + ping));
  expect(frames).toMatchObject([{ type: "MALFORMED", error: { code: `http2.${code}`, offset: 0 } }, { type: "PING" }]);
});

test("createFrameDecoder + a frame over maxFrameBytes is skipped without being kept", () => {
  const decoder = createFrameDecoder({ maxFrameBytes: 16_384 });
  expect(decoder.push(fromHex("ffffff 00 00 00000001"))).toMatchObject([{ error: { code: "http2.frame_too_large" } }]);
  for (let left = 2 ** 24 - 1; left > 0; left -= 1_000_000) {
    expect(decoder.push(new Uint8Array(Math.min(left, 1_000_000)))).toEqual([]);
  }
  expect(decoder.push(fromHex("000000 04 01 00000000"))).toMatchObject([{ type: "SETTINGS", offset: 2 ** 24 + 8 }]);
});

test("createFrameEncoder + a frame without room is not begun", () => {
  const target = new Uint8Array(30);
  const frames = createFrameEncoder(target);
  expect(frames.data(1, new Uint8Array(10), false)).toBe(true);
  for (const write of [
    () => frames.data(1, BYTES, false),
    () => frames.headers(1, BYTES, false),
    () => frames.pushPromise(1, 2, BYTES),
    () => frames.ping(OPAQUE, false),
    () => frames.preface(),
  ]) {
    expect(write()).toBe(false);
    expect(frames.length).toBe(19);
  }
  frames.reset();
  expect(frames.data(1, BYTES, false)).toBe(true);
  expect(() => frames.data(1, new Uint8Array(16_385), false)).toThrow(/exceeds maxFrameBytes \(16384\)/);
});

test("createFrameEncoder + a long header block goes on in CONTINUATIONs", () => {
  const block = Uint8Array.from({ length: 40_000 }, (_, index) => index);
  const target = new Uint8Array(50_000);
  const frames = createFrameEncoder(target);
  expect(frames.headers(1, block, true)).toBe(true);
  const decoded = createFrameDecoder().push(target.subarray(0, frames.length));
  expect(decoded.map(({ type, length, flags }) => [type, length, flags])).toEqual([
    ["HEADERS", 16_384, 1],
    ["CONTINUATION", 16_384, 0],
    ["CONTINUATION", 7232, 4],
  ]);
  const fragments = decoded.flatMap((frame) => ("fragment" in frame ? [...frame.fragment] : []));
  expect(Uint8Array.from(fragments)).toEqual(block);
});

test.each([
  ["u=1, i", { urgency: 1, incremental: true }],
  ["i;x=2,u=7;y", { urgency: 7, incremental: true }],
  ["i=?0", { urgency: 3, incremental: false }],
  ["u=8, i=5", { urgency: 3, incremental: false }],
  ["nonsense", { urgency: 3, incremental: false }],
])("parsePriority + %s as RFC 9218 section 4 reads it", (value, priority) => {
  expect(parsePriority(value)).toEqual(priority);
  expect(parsePriority(formatPriority(priority))).toEqual(priority);
});

test.each([
  ["hpack.bad_huffman", 9],
  ["http2.bad_length", 6],
  ["http2.window_exceeded", 3],
  ["http2.stream_ended", 5],
  ["http2.too_many_streams", 7],
  ["http2.header_block_too_large", 11],
  ["http2.stream_idle", 1],
  ["grpc.truncated", 2],
])("errorCodeFor + %s is answered with code %i", (code, answer) => {
  expect(errorCodeFor(code)).toBe(answer);
});
