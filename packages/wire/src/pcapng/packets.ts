import { NO_BYTES, utf8 } from "../core/bytes.ts";
import { CaptureError } from "./errors.ts";

/** One packet of a capture file. */
export interface CapturedPacket {
  /** Name of the interface, `""` where the file does not say. */
  readonly on: string;
  /** Epoch milliseconds. */
  readonly epochMs: number;
  /** What the packet begins with: a number of tcpdump.org's list of link-layer header types. */
  readonly linkType: number;
  /** A view of the file. */
  readonly bytes: Uint8Array;
  /** Whether the capture kept all of it. */
  readonly whole: boolean;
}

interface Interface {
  readonly name: string;
  readonly linkType: number;
  readonly ticksPerMs: number;
  /** Added to its times. */
  readonly offsetMs: number;
}

/** What stands between the two lengths of a block. */
interface Block {
  /** Bytes of the file before it. */
  readonly at: number;
  readonly body: DataView;
  readonly littleEndian: boolean;
}

const SECTION_HEADER = 0x0a0d0d0a;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const BLOCK = { interfaceDescription: 1, obsoletePacket: 2, simplePacket: 3, enhancedPacket: 6 } as const;
const OPTION = { end: 0, ifName: 2, ifTsResol: 9, ifTsOffset: 14 } as const;
/** The last time that a date can have. */
const MAX_EPOCH_MS = 8.64e15;
/** Block type, and the length that stands at both ends of a block. */
const BLOCK_OVERHEAD = 12;
/** Of the older format: how many units of its timestamps are in a millisecond, by its magic number. */
const PCAP_MAGIC: Readonly<Record<number, number>> = { 2712847316: 1e3, 2712812621: 1e6 };
const PCAP_HEADER_BYTES = 24;
const PCAP_PACKET_BYTES = 16;

/**
 * Reads a file in the format of Wireshark (draft-ietf-opsawg-pcapng) or of tcpdump (draft-ietf-opsawg-pcap).
 *
 * @returns how many bytes at its end are no whole packet
 * @throws CaptureError when it is neither, or when a length in it can't be.
 */
export function* readPackets(file: Uint8Array): Generator<CapturedPacket, number> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length >= 4 && view.getUint32(0) === SECTION_HEADER) return yield* readPcapng(file, view);
  for (const littleEndian of [true, false]) {
    const ticksPerMs = file.length < PCAP_HEADER_BYTES ? undefined : PCAP_MAGIC[view.getUint32(0, littleEndian)];
    if (ticksPerMs !== undefined) return yield* readPcap(file, view, { littleEndian, ticksPerMs });
  }
  throw new CaptureError("This is no capture: it begins neither as pcapng nor as pcap does.", 0);
}

function* readPcapng(file: Uint8Array, view: DataView): Generator<CapturedPacket, number> {
  let littleEndian = true;
  let interfaces: Interface[] = [];
  let at = 0;
  while (at + BLOCK_OVERHEAD <= file.length) {
    const isSection = view.getUint32(at) === SECTION_HEADER;
    if (isSection) littleEndian = byteOrder(view, at + 8);
    const length = view.getUint32(at + 4, littleEndian);
    if (length < BLOCK_OVERHEAD || length % 4 !== 0) throw new CaptureError("A block has a length that can't be.", at);
    if (at + length > file.length) break;
    const body = new DataView(view.buffer, view.byteOffset + at + 8, length - BLOCK_OVERHEAD);
    const block = { at, body, littleEndian };
    if (isSection) interfaces = [];
    else {
      const type = view.getUint32(at, littleEndian);
      if (type === BLOCK.interfaceDescription) interfaces.push(describedInterface(block));
      else if (type === BLOCK.enhancedPacket) yield enhancedPacket(block, interfaces);
      // The one says neither when nor, for certain, how much of it was kept; the other is of before 2012.
      else if (type === BLOCK.simplePacket || type === BLOCK.obsoletePacket) yield UNUSABLE;
    }
    at += length;
  }
  return file.length - at;
}

const UNUSABLE: CapturedPacket = { on: "", epochMs: 0, linkType: -1, bytes: NO_BYTES, whole: true };

function byteOrder(view: DataView, at: number): boolean {
  if (view.getUint32(at, true) === BYTE_ORDER_MAGIC) return true;
  if (view.getUint32(at, false) === BYTE_ORDER_MAGIC) return false;
  throw new CaptureError("A section does not say its byte order.", at);
}

function describedInterface({ at: blockAt, body, littleEndian }: Block): Interface {
  if (body.byteLength < 8) throw new CaptureError("The description of an interface is too short.", blockAt);
  let name = "";
  let ticksPerMs = 1e3;
  let offsetMs = 0;
  for (let at = 8; at + 4 <= body.byteLength; ) {
    const code = body.getUint16(at, littleEndian);
    const length = body.getUint16(at + 2, littleEndian);
    if (code === OPTION.end || at + 4 + length > body.byteLength) break;
    const value = new Uint8Array(body.buffer, body.byteOffset + at + 4, length);
    if (code === OPTION.ifName) name = utf8(value);
    if (code === OPTION.ifTsResol && length === 1) ticksPerMs = ticksOf(value[0] as number);
    if (code === OPTION.ifTsOffset && length === 8) offsetMs = Number(body.getBigInt64(at + 4, littleEndian)) * 1e3;
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return { name, linkType: body.getUint16(0, littleEndian), ticksPerMs, offsetMs };
}

/** A negative power of ten, or with the highest bit set of two (section 4.2 of the draft). */
function ticksOf(resolution: number): number {
  return (resolution < 0x80 ? 10 ** resolution : 2 ** (resolution - 0x80)) / 1e3;
}

function enhancedPacket({ at, body, littleEndian }: Block, interfaces: readonly Interface[]): CapturedPacket {
  const captured = body.byteLength < 20 ? Number.POSITIVE_INFINITY : body.getUint32(12, littleEndian);
  if (20 + captured > body.byteLength) throw new CaptureError("A packet is longer than its block.", at);
  const from = interfaces[body.getUint32(0, littleEndian)];
  if (from === undefined) throw new CaptureError("A packet names an interface that was not described.", at);
  const ticks = body.getUint32(4, littleEndian) * 2 ** 32 + body.getUint32(8, littleEndian);
  const epochMs = ticks / from.ticksPerMs + from.offsetMs;
  if (!(Math.abs(epochMs) <= MAX_EPOCH_MS)) throw new CaptureError("A packet has a time that can't be.", at);
  return {
    on: from.name,
    linkType: from.linkType,
    epochMs,
    bytes: new Uint8Array(body.buffer, body.byteOffset + 20, captured),
    whole: captured >= body.getUint32(16, littleEndian),
  };
}

function* readPcap(
  file: Uint8Array,
  view: DataView,
  { littleEndian, ticksPerMs }: { readonly littleEndian: boolean; readonly ticksPerMs: number },
): Generator<CapturedPacket, number> {
  // The upper bits say whether packets end with a checksum, which stands behind what IP counts.
  const linkType = view.getUint32(20, littleEndian) & 0xffff;
  let at = PCAP_HEADER_BYTES;
  while (at + PCAP_PACKET_BYTES <= file.length) {
    const captured = view.getUint32(at + 8, littleEndian);
    if (at + PCAP_PACKET_BYTES + captured > file.length) break;
    yield {
      on: "",
      linkType,
      epochMs: view.getUint32(at, littleEndian) * 1e3 + view.getUint32(at + 4, littleEndian) / ticksPerMs,
      bytes: file.subarray(at + PCAP_PACKET_BYTES, at + PCAP_PACKET_BYTES + captured),
      whole: captured >= view.getUint32(at + 12, littleEndian),
    };
    at += PCAP_PACKET_BYTES + captured;
  }
  return file.length - at;
}
