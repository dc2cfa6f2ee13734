import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import type { Side } from "../../src/websocket/index.ts";

/** A frame to write; `lengthBytes` forces a longer form of the length. */
export interface FrameInit {
  readonly opcode: number;
  readonly payload?: Uint8Array;
  readonly fin?: boolean;
  readonly rsv?: number;
  readonly lengthBytes?: 0 | 2 | 8;
}

/** Writes a frame as this side must: a client masks (RFC 6455 section 5.2). */
export function writeFrame(from: Side, init: FrameInit): Uint8Array {
  const { opcode, payload = new Uint8Array(), fin = true, rsv = 0 } = init;
  const needed = payload.length < 126 ? 0 : payload.length <= 0xffff ? 2 : 8;
  const lengthBytes = Math.max(needed, init.lengthBytes ?? 0);
  const mask = from === "client" ? [1, 2, 3, 250] : [];
  const header = Buffer.alloc(2 + lengthBytes);
  header[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  header[1] = (mask.length > 0 ? 0x80 : 0) | (lengthBytes === 0 ? payload.length : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) header.writeUInt16BE(payload.length, 2);
  if (lengthBytes === 8) header.writeBigUInt64BE(BigInt(payload.length), 2);
  const masked = payload.map((byte, position) => byte ^ (mask[position % 4] ?? 0));
  return new Uint8Array(Buffer.concat([header, Buffer.from(mask), masked]));
}

/** A message as permessage-deflate without context takeover has it. */
export function deflated(text: string): Uint8Array {
  return new Uint8Array(deflateRawSync(text, { finishFlush: 2 }).subarray(0, -4));
}

const init: fc.Arbitrary<FrameInit> = fc.oneof(
  fc.record({
    opcode: fc.constantFrom(0, 0, 1, 2),
    payload: fc.uint8Array({ maxLength: 300 }),
    fin: fc.boolean(),
    rsv: fc.constantFrom(0, 0, 0, 1, 4),
  }),
  fc.string().map((text) => ({ opcode: 1, payload: new Uint8Array(Buffer.from(text)) })),
  fc.string().map((text) => ({ opcode: 1, payload: deflated(text), rsv: 4 })),
  fc.record({ opcode: fc.constantFrom(8, 9, 10, 3, 11), payload: fc.uint8Array({ maxLength: 130 }) }),
  fc.record({ opcode: fc.constant(2), lengthBytes: fc.constantFrom(2 as const, 8 as const) }),
);

/** The bytes of one side: frames, most of them legal where they stand, some not. */
export function frameBytes(from: Side): fc.Arbitrary<Uint8Array> {
  return fc
    .array(init, { maxLength: 14 })
    .map((list) => new Uint8Array(Buffer.concat(list.map((one) => writeFrame(from, one)))));
}
