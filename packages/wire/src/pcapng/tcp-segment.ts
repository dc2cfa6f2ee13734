import type { Endpoint } from "../proxy/index.ts";
import type { Segment } from "./tcp-packet.ts";

/** Where IP begins behind a link-layer header, by its type (tcpdump.org/linktypes.html). */
const LINK = {
  null: 0,
  ethernet: 1,
  raw: 101,
  loop: 108,
  linuxSll: 113,
  ipv4: 228,
  ipv6: 229,
  linuxSll2: 276,
} as const;
const ETHERTYPE = { ipv4: 0x0800, ipv6: 0x86dd, vlan: 0x8100, providerVlan: 0x88a8 } as const;
const PROTOCOL_TCP = 6;
/** Extension headers of IPv6 that may stand before TCP: hop-by-hop, routing, destination (RFC 8200 section 4.1). */
const EXTENSIONS: ReadonlySet<number> = new Set([0, 43, 60]);

/** Twice what a kernel hands to a network card at once: a packet that has more is none. */
const MAX_PAYLOAD_BYTES = 1_048_576;

/** The headers of IPv4 and TCP. */
const MIN_PACKET_BYTES = 40;

/** The TCP segment in a packet; `undefined`: there is none, or not all of it. The payload is a view. */
export function tcpSegment(packet: Uint8Array, linkType: number): Segment | undefined {
  if (packet.length < MIN_PACKET_BYTES) return undefined;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  try {
    const at = ipAt(view, linkType);
    if (at === undefined) return undefined;
    const version = view.getUint8(at) >> 4;
    return version === 4 ? overIpv4(view, at) : version === 6 ? overIpv6(view, at) : undefined;
  } catch (error) {
    // Reading beyond the end: the packet is shorter than its headers say.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function ipAt(view: DataView, linkType: number): number | undefined {
  switch (linkType) {
    case LINK.raw:
    case LINK.ipv4:
    case LINK.ipv6:
      return 0;
    case LINK.null:
    case LINK.loop:
      return 4;
    case LINK.ethernet:
      return behindEthertype(view, 12);
    case LINK.linuxSll:
      return behindEthertype(view, 14);
    case LINK.linuxSll2:
      return isIp(view.getUint16(0)) ? 20 : undefined;
    default:
      return undefined;
  }
}

function behindEthertype(view: DataView, start: number): number | undefined {
  let at = start;
  let type = view.getUint16(at);
  while (type === ETHERTYPE.vlan || type === ETHERTYPE.providerVlan) {
    at += 4;
    type = view.getUint16(at);
  }
  return isIp(type) ? at + 2 : undefined;
}

function isIp(type: number): boolean {
  return type === ETHERTYPE.ipv4 || type === ETHERTYPE.ipv6;
}

/** RFC 791 section 3.1. */
function overIpv4(view: DataView, at: number): Segment | undefined {
  const isFragment = (view.getUint16(at + 6) & 0x3fff) !== 0;
  if (isFragment || view.getUint8(at + 9) !== PROTOCOL_TCP) return undefined;
  const headerBytes = (view.getUint8(at) & 0x0f) * 4;
  // A packet that the network card is to cut has no length yet.
  const end = at + (view.getUint16(at + 2) || view.byteLength - at);
  const host = (start: number): string => [0, 1, 2, 3].map((byte) => view.getUint8(start + byte)).join(".");
  return tcp(view, { start: at + headerBytes, end, from: host(at + 12), to: host(at + 16) });
}

/** RFC 8200 section 3. */
function overIpv6(view: DataView, at: number): Segment | undefined {
  const end = at + 40 + (view.getUint16(at + 4) || view.byteLength - at - 40);
  let next = view.getUint8(at + 6);
  let start = at + 40;
  while (EXTENSIONS.has(next)) {
    next = view.getUint8(start);
    start += (view.getUint8(start + 1) + 1) * 8;
  }
  if (next !== PROTOCOL_TCP) return undefined;
  return tcp(view, { start, end, from: ipv6(view, at + 8), to: ipv6(view, at + 24) });
}

function ipv6(view: DataView, at: number): string {
  const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(at + index * 2).toString(16));
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}

/** RFC 9293 section 3.1. */
function tcp(
  view: DataView,
  ip: { readonly start: number; readonly end: number; readonly from: string; readonly to: string },
): Segment | undefined {
  const { start, end } = ip;
  const payloadAt = start + (view.getUint8(start + 12) >> 4) * 4;
  if (payloadAt < start + 20 || payloadAt > end || end > view.byteLength) return undefined;
  if (end - payloadAt > MAX_PAYLOAD_BYTES) return undefined;
  const endpoint = (host: string, portAt: number): Endpoint => ({ host, port: view.getUint16(portAt) });
  return {
    from: endpoint(ip.from, start),
    to: endpoint(ip.to, start + 2),
    seq: view.getUint32(start + 4),
    ack: view.getUint32(start + 8),
    flags: view.getUint8(start + 13),
    payload: new Uint8Array(view.buffer, view.byteOffset + payloadAt, end - payloadAt),
  };
}
