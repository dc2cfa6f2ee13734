/** The largest frame read, in bytes: what the runner itself allows. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024;

/**
 * Splits what the runner writes into messages: each is preceded by its size, 32 bits, big-endian. Throws when the stream
 * ends inside a message, or a size is beyond {@link MAX_FRAME_BYTES}.
 */
export async function* readFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4) {
      const size = rest.readUInt32BE();
      if (size > MAX_FRAME_BYTES) throw new RangeError(`a frame of ${size} bytes, at most ${MAX_FRAME_BYTES} are read`);
      if (rest.length < 4 + size) break;
      yield rest.subarray(4, 4 + size);
      rest = rest.subarray(4 + size);
    }
  }
  if (rest.length > 0) throw new Error(`the stream ended inside a frame, after ${rest.length} of its bytes`);
}

/** A message as the runner reads it. */
export function frame(message: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(4 + message.length);
  bytes.writeUInt32BE(message.length);
  bytes.set(message, 4);
  return bytes;
}
