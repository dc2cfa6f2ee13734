import { toUtf8 } from "../core/bytes.ts";

/** Block types of the pcapng format (draft-ietf-opsawg-pcapng). */
const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Packets begin with an IPv4 or IPv6 header: no link layer. */
const LINKTYPE_RAW = 101;
const OPTION = { end: 0, shbUserAppl: 4, ifName: 2, ifTsResol: 9 } as const;
/** Timestamps count nanoseconds: the negative power of ten. */
const NANOSECONDS = Uint8Array.of(9);

/** Begins a file; everything in it is little-endian (section 4.1 of the draft). */
export function sectionHeader(application: string): Uint8Array {
  const body = new DataView(new ArrayBuffer(16));
  body.setUint32(0, BYTE_ORDER_MAGIC, true);
  body.setUint16(4, 1, true);
  // The length of the section is not known.
  body.setBigInt64(8, -1n, true);
  return block(SECTION_HEADER, [bytesOf(body), option(OPTION.shbUserAppl, toUtf8(application)), option(OPTION.end)]);
}

/** Describes the next interface; they are counted from 0 (section 4.2). */
export function interfaceDescription(name: string): Uint8Array {
  const body = new DataView(new ArrayBuffer(8));
  body.setUint16(0, LINKTYPE_RAW, true);
  // Bytes 4 to 7, the snapshot length: 0 for no limit.
  const options = [option(OPTION.ifName, toUtf8(name)), option(OPTION.ifTsResol, NANOSECONDS), option(OPTION.end)];
  return block(INTERFACE_DESCRIPTION, [bytesOf(body), ...options]);
}

/** One packet, captured whole (section 4.3). */
export function enhancedPacket(interfaceId: number, timeNs: bigint, packet: Uint8Array): Uint8Array {
  const body = new DataView(new ArrayBuffer(20));
  body.setUint32(0, interfaceId, true);
  body.setUint32(4, Number(timeNs >> 32n), true);
  body.setUint32(8, Number(timeNs & 0xffff_ffffn), true);
  body.setUint32(12, packet.length, true);
  body.setUint32(16, packet.length, true);
  return block(ENHANCED_PACKET, [bytesOf(body), padded(packet)]);
}

/** A block states its length at both ends, so that a file can be read backwards. */
function block(type: number, parts: readonly Uint8Array[]): Uint8Array {
  const length = 12 + parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, length, true);
  let at = 8;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  view.setUint32(at, length, true);
  return bytes;
}

function option(code: number, value: Uint8Array = new Uint8Array(0)): Uint8Array {
  const head = new DataView(new ArrayBuffer(4));
  head.setUint16(0, code, true);
  head.setUint16(2, value.length, true);
  const bytes = new Uint8Array(4 + padded(value).length);
  bytes.set(bytesOf(head));
  bytes.set(value, 4);
  return bytes;
}

/** Everything is a multiple of four bytes long. */
function padded(bytes: Uint8Array): Uint8Array {
  if (bytes.length % 4 === 0) return bytes;
  const whole = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  whole.set(bytes);
  return whole;
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer);
}
