import fc from "fast-check";
import { createHpackEncoder, type HpackEncoder } from "../../src/hpack/index.ts";
import { createFrameEncoder, FLAG, FRAME_TYPE, type FrameEncoder } from "../../src/http2/index.ts";

const streamId = fc.integer({ min: 1, max: 12 });
const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
const fields = fc.array(
  fc.record({
    name: fc.constantFrom(":method", ":status", ":path", "grpc-timeout", "x-id"),
    value: fc.constantFrom("GET", "200", "100", "/orders", "1S", "", "7"),
  }),
  { maxLength: 6 },
);
type Fields = { name: string; value: string }[];

/** One frame, or a header block with its frames, as a step that writes it. */
export type Step = (frames: FrameEncoder, hpack: HpackEncoder) => void;

function block(list: Fields, hpack: HpackEncoder): Uint8Array {
  const target = new Uint8Array(hpack.maxEncodedBytes(list));
  return target.subarray(0, hpack.encode(list, target, 0));
}

function padded(typeCode: number, id: number, payload: Uint8Array): Step {
  return (frames) =>
    frames.raw(
      { typeCode, flags: FLAG.PADDED | FLAG.END_HEADERS, streamId: id },
      Uint8Array.from([3, ...payload, 0, 0, 0]),
    );
}

/** A block in two frames: its first bytes in HEADERS, the rest in a CONTINUATION. */
function headersInTwo(id: number, list: Fields): Step {
  return (frames, hpack) => {
    const encoded = block(list, hpack);
    frames.raw({ typeCode: FRAME_TYPE.HEADERS, flags: 0, streamId: id }, encoded.subarray(0, 3));
    frames.raw({ typeCode: FRAME_TYPE.CONTINUATION, flags: FLAG.END_HEADERS, streamId: id }, encoded.subarray(3));
  };
}

/** Any frame, most of them legal where they stand, some not. */
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(streamId, bytes(300), fc.boolean()).map(
    ([id, data, end]): Step =>
      (frames) =>
        frames.data(id, data, end),
  ),
  fc.tuple(streamId, bytes(20)).map(([id, data]) => padded(FRAME_TYPE.DATA, id, data)),
  fc.tuple(streamId, fields, fc.boolean()).map(
    ([id, list, end]): Step =>
      (frames, hpack) =>
        frames.headers(id, block(list, hpack), end),
  ),
  fc.tuple(streamId, fields).map(([id, list]) => headersInTwo(id, list)),
  fc.tuple(streamId, fields).map(
    ([id, list]): Step =>
      (f, hpack) =>
        f.pushPromise(id, id + 1, block(list, hpack)),
  ),
  fc.tuple(streamId, fc.nat(15)).map(
    ([id, code]): Step =>
      (frames) =>
        frames.rstStream(id, code),
  ),
  fc.array(fc.record({ id: fc.constantFrom(2, 3, 4, 6, 99), value: fc.nat(1) }), { maxLength: 3 }).map(
    (settings): Step =>
      (frames) =>
        frames.settings(settings),
  ),
  fc.constant<Step>((frames) => frames.settingsAck()),
  fc.boolean().map(
    (ack): Step =>
      (frames) =>
        frames.ping(new Uint8Array(8), ack),
  ),
  fc.tuple(streamId, bytes(10)).map(
    ([id, debug]): Step =>
      (frames) =>
        frames.goaway(id, 0, debug),
  ),
  fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 2 ** 31 - 1 })).map(
    ([id, n]): Step =>
      (f) =>
        f.windowUpdate(id, n),
  ),
  streamId.map(
    (id): Step =>
      (frames) =>
        frames.priorityUpdate(id, { urgency: 1, incremental: true }),
  ),
  fc.tuple(fc.nat(255), fc.nat(255), bytes(30)).map(
    ([typeCode, flags, payload]): Step =>
      (frames) =>
        frames.raw({ typeCode, flags, streamId: 1 }, payload),
  ),
);

/** Both sides' bytes, alternating. */
export const conversation: fc.Arbitrary<{ client: Uint8Array; server: Uint8Array }> = fc
  .tuple(fc.array(step, { maxLength: 12 }), fc.array(step, { maxLength: 12 }))
  .map(([client, server]) => ({ client: write(client, true), server: write(server, false) }));

/** Writes steps as one side of a connection, from its first byte. */
function write(steps: readonly Step[], isClient: boolean): Uint8Array {
  const frames = createFrameEncoder(new Uint8Array(65_536));
  const hpack = createHpackEncoder();
  const target = new Uint8Array(65_536);
  frames.reset(target);
  if (isClient) frames.preface();
  frames.settings([]);
  for (const one of steps) one(frames, hpack);
  return target.slice(0, frames.length);
}
