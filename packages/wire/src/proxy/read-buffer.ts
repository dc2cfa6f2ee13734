import type { OnReadOpts } from "node:net";

const MIN_BYTES = 16_384;
const MAX_BYTES = 262_144;

/**
 * Memory that a socket reads into again and again, in place of new memory for each read; it grows, as long as reads fill
 * it, from 16 to 256 KiB.
 *
 * @param take is given a view that holds until the next read; `false`: nothing more is read until the socket's `resume`.
 */
export function createReadBuffer(take: (bytes: Buffer) => boolean): OnReadOpts {
  let memory = Buffer.allocUnsafeSlow(MIN_BYTES);
  return {
    buffer: () => memory,
    callback(length) {
      const bytes = memory.subarray(0, length);
      if (length === memory.length && length < MAX_BYTES) memory = Buffer.allocUnsafeSlow(length * 2);
      return take(bytes);
    },
  };
}
