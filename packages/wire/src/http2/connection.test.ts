import { expect, test } from "vitest";
import { createHpackEncoder } from "../hpack/index.ts";
import { createHttp2Connection } from "./connection.ts";
import { FLAG, FRAME_TYPE, SETTING } from "./constants.ts";
import { createFrameEncoder, type FrameEncoder } from "./encoder.ts";
import type { Http2Event, Side, StreamEvent } from "./events.ts";
import type { Http2ConnectionOptions } from "./options.ts";

const REQUEST = [
  { name: ":method", value: "POST" },
  { name: ":path", value: "/orders" },
];
const RESPONSE = [{ name: ":status", value: "200" }];

/** A connection whose both sides are written by hand, SETTINGS exchanged. */
function start(options?: Http2ConnectionOptions) {
  const connection = createHttp2Connection(options);
  const encoders = { client: createHpackEncoder(), server: createHpackEncoder() };
  const send = (from: Side, write: (frames: FrameEncoder) => unknown): readonly Http2Event[] => {
    const target = new Uint8Array(400_000);
    const frames = createFrameEncoder(target, 2 ** 17);
    write(frames);
    return connection.push(from, target.subarray(0, frames.length));
  };
  const block = (from: Side, fields: { name: string; value: string }[]) => {
    const target = new Uint8Array(200_000);
    return target.slice(0, encoders[from].encode(fields, target, 0));
  };
  send("client", (frames) => frames.preface() && frames.settings([]));
  send("server", (frames) => frames.settings([]) && frames.settingsAck());
  send("client", (frames) => frames.settingsAck());
  const open = (id: number, endStream = false) =>
    send("client", (frames) => frames.headers(id, block("client", REQUEST), endStream));
  return { connection, send, block, open };
}

const codes = (events: readonly Http2Event[]) =>
  events.flatMap((event) => (event.type === "error" ? [event.error.code] : []));
const states = (events: readonly Http2Event[]) =>
  events.filter((event): event is StreamEvent => event.type === "stream").map(({ state }) => state);
const windows = (events: readonly Http2Event[]) =>
  events.flatMap((event) => (event.type === "frame" && event.windows !== undefined ? [event.windows] : []));
const bytes = (count: number) => new Uint8Array(count);

test("createHttp2Connection + a call goes through the states of RFC 9113 section 5.1", () => {
  const { connection, send, block, open } = start();
  expect(states(open(1))).toEqual(["open"]);
  expect(states(send("client", (frames) => frames.data(1, bytes(10), true)))).toEqual(["half-closed-client"]);
  const answered = send("server", (frames) => frames.headers(1, block("server", RESPONSE), false));
  expect(answered).toMatchObject([{ type: "frame" }, { type: "headers", kind: "response", frames: 1 }]);
  const ended = send("server", (frames) => frames.data(1, bytes(20), true));
  expect(ended.at(-1)).toMatchObject({ state: "closed", because: "end-stream", sentBytes: { client: 10, server: 20 } });
  expect(connection.streams.size).toBe(0);
});

test("createHttp2Connection + a push is reserved, then half-closed, then closed", () => {
  const { send, block, open } = start();
  open(1);
  const promised = send("server", (frames) => frames.pushPromise(1, 2, block("server", REQUEST)));
  expect(promised).toMatchObject([{ type: "frame" }, { kind: "push", promisedStreamId: 2 }, { state: "reserved" }]);
  expect(states(send("server", (f) => f.headers(2, block("server", RESPONSE), false)))).toEqual(["half-closed-client"]);
  expect(states(send("server", (frames) => frames.data(2, bytes(1), true)))).toEqual(["closed"]);
});

test("createHttp2Connection + RST_STREAM closes, and what was on its way behind it is no fault", () => {
  const { send, open } = start();
  open(1);
  const reset = send("server", (frames) => frames.rstStream(1, 8));
  expect(reset.at(-1)).toMatchObject({ from: "server", state: "closed", because: "reset", errorCode: 8 });
  expect(codes(send("client", (frames) => frames.data(1, bytes(5), false)))).toEqual([]);
  expect(codes(send("client", (frames) => frames.windowUpdate(1, 5)))).toEqual([]);
});

test("createHttp2Connection + GOAWAY closes the streams that its sender will not process", () => {
  const { connection, send, open } = start();
  for (const id of [1, 3, 5]) open(id);
  expect(states(send("server", (frames) => frames.goaway(2 ** 31 - 1, 0)))).toEqual([]);
  const refused = send("server", (frames) => frames.goaway(1, 0));
  expect(refused.slice(1)).toMatchObject([3, 5].map((streamId) => ({ streamId, state: "closed", because: "goaway" })));
  expect([...connection.streams.keys()]).toEqual([1]);
});

test("createHttp2Connection + windows of stream and connection, by DATA with padding and WINDOW_UPDATE", () => {
  const { send, open } = start();
  open(1);
  const padded = (frames: FrameEncoder) =>
    frames.raw({ typeCode: FRAME_TYPE.DATA, flags: FLAG.PADDED, streamId: 1 }, Uint8Array.from([3, 1, 2, 0, 0, 0]));
  expect(windows(send("client", padded))).toEqual([{ of: "client", connection: 65_529, stream: 65_529 }]);
  expect(windows(send("server", (frames) => frames.windowUpdate(0, 6)))).toEqual([
    { of: "client", connection: 65_535, stream: null },
  ]);
  expect(windows(send("server", (frames) => frames.windowUpdate(1, 1)))).toEqual([
    { of: "client", connection: 65_535, stream: 65_530 },
  ]);
  expect(codes(send("server", (frames) => frames.windowUpdate(1, 2 ** 31 - 1)))).toEqual(["http2.window_overflow"]);
});

test("createHttp2Connection + DATA beyond a window is told", () => {
  const { send, open } = start();
  open(1);
  const events = send("client", (frames) => frames.data(1, bytes(65_536), false));
  expect(codes(events)).toEqual(["http2.frame_over_advertised", "http2.window_exceeded"]);
  expect(windows(events)).toEqual([{ of: "client", connection: -1, stream: -1 }]);
});

test("createHttp2Connection + SETTINGS hold from their acknowledgement on, for open streams too", () => {
  const { send, open } = start();
  open(1);
  send("server", (frames) => frames.settings([{ id: SETTING.INITIAL_WINDOW_SIZE, value: 100 }]));
  expect(windows(send("client", (frames) => frames.data(1, bytes(10), false)))).toMatchObject([{ stream: 65_525 }]);
  send("client", (frames) => frames.settingsAck());
  expect(windows(send("client", (frames) => frames.data(1, bytes(0), false)))).toMatchObject([{ stream: 90 }]);
  open(3);
  expect(windows(send("client", (frames) => frames.data(3, bytes(10), false)))).toMatchObject([{ stream: 90 }]);
});

test("createHttp2Connection + the table limit holds from the acknowledgement on as well", () => {
  const { send, block } = start();
  send("server", (frames) => frames.settings([{ id: SETTING.HEADER_TABLE_SIZE, value: 0 }]));
  const before = send("client", (frames) => frames.headers(1, block("client", REQUEST), false));
  expect(codes(before)).toEqual([]);
  send("client", (frames) => frames.settingsAck());
  const after = send("client", (frames) => frames.headers(3, block("client", REQUEST), false));
  expect(codes(after)).toEqual(["hpack.size_update_missing"]);
});

test("createHttp2Connection + informational responses, trailers and pushes are told apart", () => {
  const { send, block, open } = start();
  open(1);
  const lists = [[{ name: ":status", value: "103" }], RESPONSE, [{ name: "grpc-status", value: "0" }]];
  const events = lists.flatMap((list) => send("server", (frames) => frames.headers(1, block("server", list), false)));
  const kinds = events.flatMap((event) => (event.type === "headers" ? [event.kind] : []));
  expect(kinds).toEqual(["informational", "response", "trailers"]);
});

test("createHttp2Connection + a header block over its limits is skipped and the table is unknown from there", () => {
  const { send, block, open } = start({ maxHeaderBlockBytes: 100 });
  open(1);
  open(3);
  const large = [...REQUEST, { name: "x-large", value: "x".repeat(500) }];
  const events = send("client", (frames) => frames.headers(5, block("client", large), false));
  expect(events).toMatchObject([
    { type: "frame" },
    { type: "headers", kind: "unknown", block: null },
    { error: { code: "http2.header_block_too_large" } },
    { type: "stream", state: "open" },
  ]);
  const next = open(7).find((event) => event.type === "headers");
  expect(next).toMatchObject({ block: { complete: false, tableBytesBefore: null, error: null } });
});

test("createHttp2Connection + a flood of CONTINUATIONs is cut off", () => {
  const { send } = start({ maxContinuations: 2 });
  const events = send("client", (frames) => {
    frames.raw({ typeCode: FRAME_TYPE.HEADERS, flags: 0, streamId: 1 }, bytes(0));
    for (const flags of [0, 0, FLAG.END_HEADERS]) {
      frames.raw({ typeCode: FRAME_TYPE.CONTINUATION, flags, streamId: 1 }, bytes(0));
    }
  });
  expect(codes(events)).toEqual(["http2.header_block_too_large"]);
  expect(events).toContainEqual(expect.objectContaining({ type: "headers", frames: 4, block: null }));
});

test("createHttp2Connection + streams over maxStreams are decoded but not tracked", () => {
  const { connection, send, open } = start({ maxStreams: 1 });
  open(1);
  const events = open(3);
  expect(events).toContainEqual(expect.objectContaining({ type: "headers", kind: "request" }));
  expect(codes(events)).toEqual(["http2.too_many_streams"]);
  expect(connection.streams.size).toBe(1);
  expect(windows(send("client", (frames) => frames.data(3, bytes(5), false)))).toEqual([
    { of: "client", connection: 65_530, stream: null },
  ]);
});

test("createHttp2Connection + SETTINGS that are never acknowledged are bounded, windows then unknown", () => {
  const { send, open } = start({ maxPendingSettings: 2 });
  open(1);
  const events = send("server", (f) => f.settings([]) && f.settings([]) && f.settings([]));
  expect(codes(events)).toEqual(["http2.too_many_settings_pending"]);
  expect(windows(send("client", (frames) => frames.data(1, bytes(5), false)))).toMatchObject([{ stream: null }]);
  expect(codes(send("client", (frames) => frames.settingsAck()))).toEqual([]);
});

test("createHttp2Connection + a large DATA frame is skipped but counted, and ends its stream", () => {
  const connection = start({ maxFrameBytes: 16_384 });
  connection.open(1);
  const events = connection.send("client", (frames) => frames.data(1, bytes(20_000), true));
  expect(codes(events)).toEqual(["http2.frame_over_advertised", "http2.frame_too_large"]);
  expect(windows(events)).toMatchObject([{ stream: 45_535 }]);
  expect(states(events)).toEqual(["half-closed-client"]);
});

test.each<[string, Side, (frames: FrameEncoder) => unknown, string]>([
  ["DATA on an idle stream", "client", (f) => f.data(9, bytes(1), false), "stream_idle"],
  ["RST_STREAM on an idle stream", "client", (f) => f.rstStream(9, 0), "stream_idle"],
  ["WINDOW_UPDATE on an idle stream", "server", (f) => f.windowUpdate(9, 1), "stream_idle"],
  ["DATA behind END_STREAM", "client", (f) => f.data(3, bytes(1), false), "stream_ended"],
  ["HEADERS behind END_STREAM", "client", (f) => f.headers(3, bytes(0), false), "stream_ended"],
  ["an even stream from the client", "client", (f) => f.headers(2, bytes(0), false), "bad_stream_id"],
  ["a request from the server", "server", (f) => f.headers(9, bytes(0), false), "bad_stream_id"],
  ["a push from the client", "client", (f) => f.pushPromise(1, 2, bytes(0)), "bad_push"],
  ["a push of an odd stream", "server", (f) => f.pushPromise(1, 9, bytes(0)), "bad_push"],
  ["an acknowledgement of nothing", "client", (f) => f.settingsAck(), "unexpected_ack"],
  ["CONTINUATION of nothing", "client", (f) => raw(f, "CONTINUATION", 1), "continuation_unexpected"],
  [
    "a frame inside a header block",
    "client",
    (f) => raw(f, "HEADERS", 9) && f.ping(bytes(8), false),
    "headers_interrupted",
  ],
])("createHttp2Connection + refuses %s", (...[, from, write, code]) => {
  const { send, open } = start();
  open(1);
  open(3, true);
  expect(codes(send(from, write))).toEqual([`http2.${code}`]);
});

test("createHttp2Connection + each side begins with SETTINGS, the client behind its preface", () => {
  const server = createHttp2Connection().push("server", Uint8Array.from([0, 0, 8, 6, 0, 0, 0, 0, 0, ...bytes(8)]));
  expect(codes(server)).toEqual(["http2.settings_expected"]);
  const http1 = createHttp2Connection();
  expect(codes(http1.push("client", new TextEncoder().encode("GET / HTTP/1.1\r\n")))).toEqual(["http2.bad_preface"]);
  expect(http1.push("client", new TextEncoder().encode("Host: x"))).toEqual([]);
});

test("createHttp2Connection + one that joins late has no windows, and streams from the first request on", () => {
  const { block } = start();
  const late = createHttp2Connection({ join: "middle", resyncFrames: 2 });
  const target = new Uint8Array(1000);
  const frames = createFrameEncoder(target);
  frames.data(5, bytes(7), false);
  frames.headers(9, block("client", REQUEST), true);
  frames.windowUpdate(0, 10);
  const events = late.push("client", target.subarray(3, frames.length));
  expect(events[0]).toMatchObject({ frame: { type: "RESYNC", skippedBytes: 13 } });
  expect(states(events)).toEqual(["open", "half-closed-client"]);
  expect(windows(events)).toEqual([{ of: "server", connection: null, stream: null }]);
});

test("createHttp2Connection + the end of a side inside a frame is told", () => {
  const { connection } = start();
  connection.push("client", Uint8Array.from([0, 0, 8]));
  expect(codes(connection.end("client"))).toEqual(["http2.truncated"]);
  expect(connection.end("server")).toEqual([]);
});

function raw(frames: FrameEncoder, type: keyof typeof FRAME_TYPE, streamId: number): boolean {
  return frames.raw({ typeCode: FRAME_TYPE[type], flags: 0, streamId }, bytes(0));
}
