import { styleText } from "node:util";
import type { WireField } from "@polywire/wire/protobuf";

/** What a byte is for. */
export type Role = "key" | "length" | "varint" | "value";

/** Some bytes that belong together. */
export interface Segment {
  readonly role: Role;
  readonly bytes: Uint8Array;
}

const COLOURS = { key: "cyan", length: "yellow", varint: "green", value: "green" } as const;

/** The bytes of a field in the order of the wire, each part with what it is for. */
export function segmentsOf(bytes: Uint8Array, field: WireField): Segment[] {
  const { offset, tagBytes, lengthBytes, valueBytes, end } = field;
  const start = offset + tagBytes + lengthBytes;
  const segments: Segment[] = [{ role: "key", bytes: bytes.subarray(offset, offset + tagBytes) }];
  if (lengthBytes > 0) segments.push({ role: "length", bytes: bytes.subarray(offset + tagBytes, start) });
  if (field.wireType === "group") {
    segments.push(...field.value.flatMap((inner) => segmentsOf(bytes, inner)));
    return [...segments, { role: "key", bytes: bytes.subarray(start + valueBytes, end) }];
  }
  const role = field.wireType === "varint" ? "varint" : "value";
  return [...segments, { role, bytes: bytes.subarray(start, end) }];
}

/** `[08] AC›02`: keys in brackets, lengths in parentheses, `›` behind a byte whose first bit says that another follows. */
export function drawSegment({ role, bytes }: Segment): string {
  const isVarint = role !== "value";
  const digits = [...bytes].map((byte) => byte.toString(16).toUpperCase().padStart(2, "0"));
  const text = digits.join(isVarint ? "›" : " ");
  const framed = role === "key" ? `[${text}]` : role === "length" ? `(${text})` : text;
  return styleText(COLOURS[role], framed);
}

/** The bits of a byte of a varint: the continuation bit, then the seven that count. */
export function drawVarintBits(byte: number, split?: number): string {
  const bits = byte.toString(2).padStart(8, "0");
  const [first, rest] = [bits.slice(0, 1), bits.slice(1)];
  const shown = split === undefined ? rest : `${rest.slice(0, split)} ${rest.slice(split)}`;
  return `${styleText("magenta", first)} ${shown}`;
}
