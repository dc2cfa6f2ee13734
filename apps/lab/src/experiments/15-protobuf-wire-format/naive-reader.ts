/**
 * Reads the field numbers of a message as somebody would who knows wire types 0, 1, 2 and 5 only, or none at all.
 * @param wireTypeOf how the wire type is taken from a key
 * @throws RangeError when it loses its way.
 */
export function readNumbers(bytes: Uint8Array, wireTypeOf: (key: number) => number = (key) => key & 7): number[] {
  const numbers: number[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined) throw new RangeError("the bytes end inside a varint");
      // Only keys and lengths are looked at, and those fit.
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    numbers.push(Math.floor(key / 8));
    const wireType = wireTypeOf(key);
    if (wireType === 0) varint();
    else if (wireType === 1) at += 8;
    else if (wireType === 2) {
      const length = varint();
      at += length;
    } else if (wireType === 5) at += 4;
    else throw new RangeError(`wire type ${wireType} at byte ${at - 1}`);
  }
  if (at > bytes.length) throw new RangeError("the bytes end inside a value");
  return numbers;
}
