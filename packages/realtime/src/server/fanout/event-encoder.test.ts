import { create, fromBinary, fromJsonString, toBinary, toJsonString } from "@bufbuild/protobuf";
import { OrderEventSchema } from "@polywire/contract/polywire/orders/v1/order";
import { ServerFrameSchema } from "@polywire/contract/polywire/realtime/v1/frames";
import fc from "fast-check";
import { expect, test } from "vitest";
import { makeCursor } from "../../protocol/cursor.ts";
import { sseEncoder, wsJsonEncoder, wsProtoEncoder } from "./event-encoder.ts";
import { fanoutEvent } from "./fanout-event.ts";
import { wsFrame } from "./ws-frame.ts";

/** Takes a server's frame apart, as RFC 6455 §5.2 says. */
function payloadOf(frame: Buffer): Buffer {
  const length = (frame[1] ?? 0) & 0x7f;
  const [start, size] =
    length < 126 ? [2, length] : length === 126 ? [4, frame.readUInt16BE(2)] : [10, Number(frame.readBigUInt64BE(2))];
  expect(frame.length).toBe(start + size);
  return frame.subarray(start);
}

const cases = fc
  .record({
    channel: fc.string({ unit: "grapheme", minLength: 1 }),
    note: fc.string({ unit: "grapheme", maxLength: 400 }),
    offset: fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }),
  })
  .map(({ channel, note, offset }) => ({
    channel,
    event: create(OrderEventSchema, {
      eventId: note,
      cursor: makeCursor("e", offset),
      order: { note, version: offset },
    }),
  }));

test("encoders put together exactly the ServerFrame that the codecs write", () => {
  fc.assert(
    fc.property(cases, ({ channel, event }) => {
      const frame = create(ServerFrameSchema, {
        message: { case: "event", value: { channel, payload: { case: "orderEvent", value: event } } },
      });
      const json = payloadOf(wsJsonEncoder.encode(channel, fanoutEvent(event))).toString();
      expect(json).toBe(toJsonString(ServerFrameSchema, frame));
      expect(fromJsonString(ServerFrameSchema, json)).toEqual(frame);
      const binary = payloadOf(wsProtoEncoder.encode(channel, fanoutEvent(event)));
      expect(binary.equals(toBinary(ServerFrameSchema, frame))).toBe(true);
      expect(fromBinary(ServerFrameSchema, binary)).toEqual(frame);
    }),
  );
});

test("sseEncoder writes three lines and the blank one, whatever the text holds", () => {
  fc.assert(
    fc.property(cases, ({ channel, event }) => {
      const lines = sseEncoder
        .encode(channel, fanoutEvent(event))
        .toString()
        .split(/\r\n|\r|\n/);
      expect(lines.slice(0, 2)).toEqual([`id: e:${event.cursor?.offset}`, "event: event"]);
      expect(lines).toHaveLength(5);
    }),
  );
});

test("wsFrame writes the length in 7, 16 or 64 bits", () => {
  for (const [size, header] of [
    [0, 2],
    [125, 2],
    [126, 4],
    [65_535, 4],
    [65_536, 10],
  ] as const) {
    const frame = wsFrame([Buffer.alloc(size)], size % 2 === 0);
    expect([frame.length, frame[0]]).toEqual([header + size, size % 2 === 0 ? 0x82 : 0x81]);
    expect(payloadOf(frame)).toHaveLength(size);
  }
});
