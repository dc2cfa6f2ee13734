/** No bytes; shared because it cannot be changed. */
export const NO_BYTES = new Uint8Array(0);

const UTF8 = new TextDecoder("utf-8");
const STRICT_UTF8 = new TextDecoder("utf-8", { fatal: true });
const UTF8_ENCODER = new TextEncoder();
/** Arguments per `String.fromCharCode` call: well under the engine's limit on the stack. */
const CHARS_PER_CALL = 4096;

/** Reads 32 bits, most significant byte first, as an unsigned number. */
export function readUint32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}

/** Writes 32 bits, most significant byte first. */
export function writeUint32(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
}

/**
 * One character per byte (ISO 8859-1): header values are bytes, not text, and this keeps each of them.
 * `TextDecoder("latin1")` is windows-1252 and does not.
 */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= CHARS_PER_CALL) return fromBytes(bytes.subarray(start, end));
  let text = "";
  for (let at = start; at < end; at += CHARS_PER_CALL) {
    text += fromBytes(bytes.subarray(at, Math.min(at + CHARS_PER_CALL, end)));
  }
  return text;
}

/** Writes one byte per character and returns the position after the last. Characters above U+00FF lose bits. */
export function writeLatin1(target: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) target[at + i] = text.charCodeAt(i);
  return at + text.length;
}

/** UTF-8 to text; bytes that are not UTF-8 become U+FFFD. */
export function utf8(bytes: Uint8Array): string {
  return UTF8.decode(bytes);
}

/** UTF-8 to text, or `undefined` when the bytes are not UTF-8. */
export function strictUtf8(bytes: Uint8Array): string | undefined {
  try {
    return STRICT_UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Text to UTF-8. */
export function toUtf8(text: string): Uint8Array {
  return UTF8_ENCODER.encode(text);
}

/** Two hexadecimal digits a byte, lower case, no separators. */
export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += (byte < 16 ? "0" : "") + byte.toString(16);
  return text;
}

function fromBytes(bytes: Uint8Array): string {
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}
