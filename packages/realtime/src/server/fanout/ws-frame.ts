const lengthIn16Bits = 126;
const lengthIn64Bits = 127;

/**
 * Frames a whole message as a server sends it: final, unmasked, uncompressed (RFC 6455 §5.2). Such bytes are the same for
 * every client, so one buffer serves them all.
 */
export function wsFrame(payload: readonly Uint8Array[], binary: boolean): Buffer {
  let length = 0;
  for (const part of payload) {
    length += part.length;
  }
  const headerLength = length < lengthIn16Bits ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headerLength + length);
  frame[0] = binary ? 0x82 : 0x81;
  if (headerLength === 2) {
    frame[1] = length;
  } else if (headerLength === 4) {
    frame[1] = lengthIn16Bits;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = lengthIn64Bits;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  let offset = headerLength;
  for (const part of payload) {
    frame.set(part, offset);
    offset += part.length;
  }
  return frame;
}
