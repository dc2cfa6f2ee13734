import type { Endpoint } from "../proxy/index.ts";

/** Bytes of the IPv4 and of the TCP header, both without options. */
const IP_BYTES = 20;
const TCP_BYTES = 20;
/** The largest payload of one packet: what the length field of IPv4 leaves. */
export const MAX_SEGMENT_BYTES = 65_535 - IP_BYTES - TCP_BYTES;

/** Flags of a TCP header (RFC 9293 section 3.1). */
export const TCP = { FIN: 0x01, SYN: 0x02, RST: 0x04, PSH: 0x08, ACK: 0x10 } as const;

/** A TCP segment with its addresses. */
export interface Segment {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
  readonly payload: Uint8Array;
}

/** An IPv4 packet with right checksums; an address that is not IPv4 is written as 127.0.0.1. */
export function tcpPacket({ from, to, seq, ack, flags, payload }: Segment): Uint8Array {
  const bytes = new Uint8Array(IP_BYTES + TCP_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  // RFC 791 section 3.1.
  view.setUint8(0, 0x45);
  view.setUint16(2, bytes.length);
  view.setUint16(6, 0x4000);
  view.setUint8(8, 64);
  view.setUint8(9, 6);
  bytes.set(ipv4(from.host), 12);
  bytes.set(ipv4(to.host), 16);
  view.setUint16(10, checksum(bytes.subarray(0, IP_BYTES), 0));
  // RFC 9293 section 3.1.
  view.setUint16(IP_BYTES, from.port);
  view.setUint16(IP_BYTES + 2, to.port);
  view.setUint32(IP_BYTES + 4, seq);
  view.setUint32(IP_BYTES + 8, ack);
  view.setUint8(IP_BYTES + 12, (TCP_BYTES / 4) << 4);
  view.setUint8(IP_BYTES + 13, flags);
  view.setUint16(IP_BYTES + 14, 65_535);
  bytes.set(payload, IP_BYTES + TCP_BYTES);
  // The pseudo-header: both addresses, the protocol, the length.
  const pseudo = sum(bytes.subarray(12, IP_BYTES)) + 6 + TCP_BYTES + payload.length;
  view.setUint16(IP_BYTES + 16, checksum(bytes.subarray(IP_BYTES), pseudo));
  return bytes;
}

function ipv4(host: string): readonly number[] {
  const parts = host
    .replace(/^::ffff:/, "")
    .split(".")
    .map(Number);
  return parts.length === 4 && parts.every((part) => part >= 0 && part <= 255) ? parts : [127, 0, 0, 1];
}

/** RFC 1071: the ones' complement of the sum of all 16-bit words. */
function checksum(bytes: Uint8Array, start: number): number {
  let folded = start + sum(bytes);
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x1_0000);
  return ~folded & 0xffff;
}

function sum(bytes: Uint8Array): number {
  let total = 0;
  for (let at = 0; at + 1 < bytes.length; at += 2) total += ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  return bytes.length % 2 === 0 ? total : total + ((bytes.at(-1) as number) << 8);
}
