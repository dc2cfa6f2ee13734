import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { cut, cuts } from "../../tests/support/splits.ts";
import { deflated, type FrameInit, frameBytes, writeFrame } from "../../tests/support/websocket-script.ts";
import { toUtf8 } from "../core/bytes.ts";
import { createWebSocketConnection } from "./connection.ts";
import type { Side, WebSocketEvent } from "./events.ts";
import { readWebSocketHandshake } from "./handshake.ts";
import type { WebSocketConnectionOptions } from "./options.ts";

function decode(from: Side, parts: readonly Uint8Array[], options?: WebSocketConnectionOptions): WebSocketEvent[] {
  const connection = createWebSocketConnection(options);
  return [...parts.flatMap((part) => [...connection.push(from, part)]), ...connection.end(from)];
}

const sent = (from: Side, ...frames: readonly FrameInit[]) => frames.map((frame) => writeFrame(from, frame));
const text = (content: string) => ({ opcode: 1, payload: toUtf8(content) });
const messages = (events: readonly WebSocketEvent[]) =>
  events.filter((event): event is WebSocketEvent & { type: "message" } => event.type === "message");
const codes = (events: readonly WebSocketEvent[]) =>
  events.flatMap((event) => (event.type === "error" ? [event.error.code] : []));

test.each(["client", "server"] as const)(
  "createWebSocketConnection + the same events however the input of a %s is cut",
  (from) => {
    const input = fc.record({
      bytes: frameBytes(from),
      at: cuts,
      join: fc.constantFrom("start" as const, "middle" as const),
      deflate: fc.constantFrom(
        { clientNoContextTakeover: false, serverNoContextTakeover: true },
        "none" as const,
        "unknown" as const,
      ),
    });
    fc.assert(
      fc.property(input, ({ bytes, at, ...rest }) => {
        const options = { ...rest, resyncFrames: 2, maxFrameBytes: 200, maxMessageBytes: 250 };
        expect(decode(from, cut(bytes, at), options)).toEqual(decode(from, [bytes], options));
      }),
      { numRuns: 300 },
    );
  },
);

test("createWebSocketConnection + every byte belongs to exactly one frame", () => {
  fc.assert(
    fc.property(frameBytes("client"), (bytes) => {
      let offset = 0;
      for (const event of decode("client", [bytes])) {
        if (event.type !== "frame") continue;
        expect(event.frame.offset).toBe(offset);
        offset += event.frame.headerBytes + event.frame.length;
      }
      expect(offset).toBe(bytes.length);
    }),
  );
});

test.each(["client", "server"] as const)("createWebSocketConnection + messages of a %s, fragmented or not", (from) => {
  const frames = sent(
    from,
    text("hello"),
    { opcode: 2, payload: Uint8Array.of(1), fin: false },
    { opcode: 9, payload: toUtf8("ping") },
    { opcode: 0, payload: Uint8Array.of(2, 3) },
    { opcode: 8, payload: Uint8Array.of(0x0f, 0xa0, ...toUtf8("böse")) },
  );
  const events = decode(from, frames);
  expect(events.map((event) => (event.type === "frame" ? event.frame.name : event.type))).toEqual([
    "text",
    "message",
    "binary",
    "ping",
    "continuation",
    "message",
    "close",
    "close",
    "end",
  ]);
  expect(messages(events)).toMatchObject([
    { kind: "text", frames: 1, wireBytes: 5, compressed: false, text: "hello" },
    { kind: "binary", frames: 2, wireBytes: 3, data: Uint8Array.of(1, 2, 3), text: null },
  ]);
  expect(events.slice(-2)).toEqual([
    { type: "close", from, code: 4000, reason: "böse" },
    { type: "end", from, closed: true },
  ]);
  expect(events[3]).toMatchObject({ frame: { masked: from === "client", payload: toUtf8("ping"), fin: true } });
});

const client = (...frames: readonly FrameInit[]) => sent("client", ...frames);

test.each([
  ["a reserved bit", client({ ...text("a"), rsv: 1 }), "rsv_set"],
  ["compression that was not agreed on", client({ ...text("a"), rsv: 4 }), "rsv_set"],
  ["an opcode that nobody has defined", client({ opcode: 5 }), "bad_opcode"],
  ["a length beyond any", [Uint8Array.of(0x82, 0xff, 1, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4)], "bad_length"],
  ["a length in a longer form", client({ opcode: 2, lengthBytes: 2 }), "long_length"],
  ["a client that does not mask", sent("server", text("a")), "not_masked"],
  ["a frame over the limit", client({ opcode: 9, payload: new Uint8Array(200) }), "frame_too_large"],
  ["a message over the limit", client({ opcode: 2, payload: new Uint8Array(140) }), "message_too_large"],
  ["a control frame that is long", client({ opcode: 9, payload: new Uint8Array(126) }), "control_too_long"],
  ["a control frame in fragments", client({ opcode: 9, fin: false }), "control_fragmented"],
  ["a continuation of nothing", client({ opcode: 0 }), "unexpected_continuation"],
  ["a message inside another", client({ ...text("a"), fin: false }, text("b")), "unfinished_message"],
  ["text that is not UTF-8", client({ opcode: 1, payload: Uint8Array.of(0xff) }), "bad_utf8"],
  ["half a close code", client({ opcode: 8, payload: Uint8Array.of(3) }), "bad_close"],
  ["a close code that stands for none", client({ opcode: 8, payload: Uint8Array.of(0x03, 0xed) }), "bad_close_code"],
  ["a frame behind Close", client({ opcode: 8 }, text("a")), "after_close"],
  ["a frame cut off", [Uint8Array.of(0x81)], "truncated"],
  ["a message cut off", client({ ...text("a"), fin: false }), "truncated"],
])("createWebSocketConnection + tells %s", (_, parts, code) => {
  const options = { deflate: "none" as const, maxFrameBytes: 150, maxMessageBytes: 130 };
  expect(codes(decode("client", parts, options))).toContain(`websocket.${code}`);
});

test("createWebSocketConnection + tells a server that masks", () => {
  expect(codes(decode("server", client(text("a"))))).toEqual(["websocket.masked"]);
});

test("createWebSocketConnection + a compressed message without its content when nothing was said of it", () => {
  const events = decode("client", client({ opcode: 1, payload: deflated("hello"), rsv: 4 }));
  expect(messages(events)).toMatchObject([{ kind: "text", compressed: true, data: null, text: null }]);
  expect(codes(events)).toEqual([]);
});

const shared = { clientNoContextTakeover: false, serverNoContextTakeover: false };

/** Messages of one compression context, as a sender with context takeover makes them. */
function inOneContext(list: readonly string[]): FrameInit[] {
  let before = "";
  return list.map((content) => {
    const dictionary = before === "" ? {} : { dictionary: Buffer.from(before) };
    const payload = new Uint8Array(deflateRawSync(content, { ...dictionary, finishFlush: 2 }).subarray(0, -4));
    before += content;
    return { opcode: 1, payload, rsv: 4 };
  });
}

const LONG = "a text that the next message repeats";

test("createWebSocketConnection + permessage-deflate with a context that lasts", () => {
  const events = decode("client", client(...inOneContext([LONG, LONG, `${LONG}!`])), { deflate: shared });
  expect(messages(events).map((message) => message.text)).toEqual([LONG, LONG, `${LONG}!`]);
  expect(messages(events)[1]?.wireBytes).toBeLessThan(10);
});

test("createWebSocketConnection + what refers to compressed data before a late join is null, not wrong", () => {
  const [, second, third] = inOneContext([LONG, LONG, "Zq9"]) as [FrameInit, FrameInit, FrameInit];
  const options = { deflate: shared, join: "middle" as const, resyncFrames: 2 };
  const events = decode("client", client({ opcode: 9 }, { opcode: 9 }, second, third), options);
  expect(messages(events).map((message) => message.text)).toEqual([null, "Zq9"]);
  expect(codes(events)).toEqual([]);
});

test("createWebSocketConnection + tells a reference to what was never sent", () => {
  const [, second] = inOneContext([LONG, LONG]) as [FrameInit, FrameInit];
  const events = decode("client", client(second), { deflate: shared });
  expect(messages(events).map(({ data }) => data)).toEqual([null]);
  expect(codes(events)).toEqual(["websocket.bad_compression"]);
});

test("createWebSocketConnection + damaged and boundless compression is told, and bounded", () => {
  const bomb = { opcode: 2, payload: deflated("0".repeat(100_000)), rsv: 4 };
  const bad = { opcode: 2, payload: Uint8Array.of(0xff, 0xff), rsv: 4 };
  const events = decode("client", client(bomb, bad), { deflate: shared, maxMessageBytes: 10_000 });
  expect(codes(events)).toEqual(["websocket.decompressed_too_large", "websocket.bad_compression"]);
  expect(messages(events).map(({ data }) => data)).toEqual([null, null]);
});

test("createWebSocketConnection + joined in the middle finds frames, and says that a message's beginning is missing", () => {
  const frames = client({ opcode: 0 }, text("one"), text("two"), { opcode: 9 }, text("three"));
  const [first, ...rest] = [writeFrame("client", text("lost and gone")), ...frames] as [Uint8Array, ...Uint8Array[]];
  const events = decode("client", [first.subarray(7), ...rest], { join: "middle", resyncFrames: 4 });
  expect(events[0]).toEqual({ type: "resync", from: "client", offset: 12, skippedBytes: 12 });
  expect(messages(events).map((message) => message.kind && message.text)).toEqual([null, "one", "two", "three"]);
  expect(codes(events)).toEqual([]);
});

const fields = (list: Record<string, string>) => Object.entries(list).map(([name, value]) => ({ name, value }));

test("readWebSocketHandshake + the example of RFC 6455 section 1.3, and what was negotiated", () => {
  const request = fields({ "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" });
  const response = {
    "sec-websocket-accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
    "sec-websocket-protocol": "polywire.v1.json",
    "sec-websocket-extensions": "permessage-deflate; server_no_context_takeover; client_max_window_bits=12",
  };
  expect(readWebSocketHandshake(request, fields(response))).toEqual({
    accepted: true,
    subprotocol: "polywire.v1.json",
    deflate: { clientNoContextTakeover: false, serverNoContextTakeover: true },
  });
  expect(readWebSocketHandshake(request, [])).toEqual({ accepted: false, subprotocol: null, deflate: "none" });
  expect(readWebSocketHandshake([], [])).toBeUndefined();
});

test("createWebSocketConnection + refuses options out of range", () => {
  expect(() => createWebSocketConnection({ resyncFrames: 1 })).toThrow(/resyncFrames/);
});
