import { create } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import {
  ClientFrameSchema,
  ServerFrameSchema,
  SlowConsumerPolicy,
} from "@polywire/contract/polywire/realtime/v1/frames";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FRAME_CODECS } from "./frame-codecs.ts";

const codecs = Object.values(FRAME_CODECS);
const clientFrames = fc
  .record({
    requestId: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    channel: fc.string({ unit: "grapheme" }),
    offset: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
  })
  .map(({ requestId, channel, offset }) =>
    create(ClientFrameSchema, {
      requestId,
      request: {
        case: "subscribe",
        value: { channel, cursor: { epoch: "e", offset }, slowConsumerPolicy: SlowConsumerPolicy.CONFLATE },
      },
    }),
  );

for (const codec of codecs) {
  test(`${codec.subprotocol} reads the client frames that it writes`, () => {
    fc.assert(
      fc.property(clientFrames, (frame) => {
        expect(codec.decodeClientFrame(codec.encodeClientFrame(frame))).toEqual(frame);
      }),
    );
  });

  test(`${codec.subprotocol} reads a truncated or arbitrary frame as a frame or as INVALID_ARGUMENT, never as anything else`, () => {
    const pieces = fc.tuple(clientFrames, fc.double({ min: 0, max: 1, noNaN: true })).map(([frame, part]) => {
      const bytes = codec.encodeClientFrame(frame);
      return bytes.subarray(0, Math.floor(bytes.length * part));
    });
    fc.assert(
      fc.property(fc.oneof(pieces, fc.uint8Array()), (bytes) => {
        try {
          expect(codec.decodeClientFrame(bytes).$typeName).toBe("polywire.realtime.v1.ClientFrame");
        } catch (error) {
          expect(error).toMatchObject({ code: Code.InvalidArgument });
        }
      }),
    );
  });

  test(`${codec.subprotocol} reads the server frames that it writes`, () => {
    const frame = create(ServerFrameSchema, {
      message: {
        case: "gap",
        value: { channel: "orders", after: { epoch: "e", offset: 1n }, skippedEvents: 2n ** 60n },
      },
    });
    expect(codec.decodeServerFrame(codec.encodeServerFrame(frame))).toEqual(frame);
  });
}

test("polywire.v1.json refuses unknown fields and 64-bit integers as numbers from clients, not from servers", () => {
  const json = FRAME_CODECS["polywire.v1.json"];
  const bytes = (text: string) => new TextEncoder().encode(text);
  expect(() => json.decodeClientFrame(bytes('{"requestId":1,"ping":{},"extra":1}'))).toThrow(/extra/);
  expect(() => json.decodeClientFrame(bytes('{"subscribe":{"cursor":{"epoch":"e","offset":1}}}'))).toThrow(/offset/);
  expect(json.decodeServerFrame(bytes('{"pong":{},"later":1}')).message.case).toBe("pong");
});
