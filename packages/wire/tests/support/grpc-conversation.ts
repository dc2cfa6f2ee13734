import fc from "fast-check";
import type { Side } from "../../src/core/side.ts";
import { createHpackEncoder } from "../../src/hpack/index.ts";
import { createFrameEncoder, type FrameEncoder } from "../../src/http2/index.ts";

/** One thing that one side writes. */
interface Step {
  readonly from: Side;
  write(frames: FrameEncoder, block: (fields: Readonly<Record<string, string>>) => Uint8Array): void;
}

const call = fc.record({
  path: fc.constantFrom("/a", "/b"),
  messages: fc.array(fc.nat(300), { minLength: 1, maxLength: 3 }),
  pieceBytes: fc.integer({ min: 20, max: 400 }),
});

/** Calls on one connection, by turns: every stream within its windows, headers that lean on the table. */
export const grpcConversation: fc.Arbitrary<readonly { readonly from: Side; readonly bytes: Uint8Array }[]> = fc
  .tuple(fc.array(call, { minLength: 1, maxLength: 4 }), fc.array(fc.nat(99), { minLength: 30, maxLength: 30 }))
  .map(([calls, order]) => {
    const queues = calls.map(({ path, messages, pieceBytes }, index): Step[] => {
      const streamId = 1 + 2 * index;
      const body = Buffer.concat(messages.map(envelope));
      const data = (from: Side, isLast: boolean): Step[] =>
        pieces(body, pieceBytes).map((piece, at, all) => ({
          from,
          write: (frames) => frames.data(streamId, piece, isLast && at === all.length - 1),
        }));
      const headers = (from: Side, fields: Readonly<Record<string, string>>, endStream = false): Step => ({
        from,
        write: (frames, block) => frames.headers(streamId, block(fields), endStream),
      });
      const contentType = { "content-type": "application/grpc", "x-call": String(index) };
      return [
        headers("client", { ":method": "POST", ":path": path, ...contentType }),
        ...data("client", true),
        headers("server", { ":status": "200", ...contentType }),
        ...data("server", false),
        headers("server", { "grpc-status": "0", "x-end": String(index) }, true),
      ];
    });
    const encoders = { client: createHpackEncoder(), server: createHpackEncoder() };
    const written = [start("client"), start("server")];
    // A stream may not begin before one of a lower number: the first of each is taken in order.
    const opening = queues.flatMap((queue) => queue.splice(0, 1));
    written.push(...opening.map(encode));
    for (let turn = 0; queues.some((queue) => queue.length > 0); turn++) {
      const open = queues.filter((queue) => queue.length > 0);
      const step = open[(order[turn % order.length] ?? 0) % open.length]?.shift();
      if (step !== undefined) written.push(encode(step));
    }
    return written;

    function encode({ from, write }: Step): { readonly from: Side; readonly bytes: Uint8Array } {
      const target = new Uint8Array(20_000);
      const frames = createFrameEncoder(target);
      write(frames, (fields) => {
        const list = Object.entries(fields).map(([name, value]) => ({ name, value }));
        const block = new Uint8Array(encoders[from].maxEncodedBytes(list));
        return block.subarray(0, encoders[from].encode(list, block, 0));
      });
      return { from, bytes: target.slice(0, frames.length) };
    }

    function start(from: Side): { readonly from: Side; readonly bytes: Uint8Array } {
      return encode({
        from,
        write(frames) {
          if (from === "client") frames.preface();
          frames.settings([]);
        },
      });
    }
  });

function envelope(length: number): Buffer {
  const bytes = Buffer.alloc(5 + length, 7);
  bytes.fill(0, 0, 1);
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

function pieces(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
}
