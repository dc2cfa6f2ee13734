import type { Side } from "../core/side.ts";
import type { Endpoint, ProxyEvent } from "../proxy/index.ts";
import type { TapRecord } from "../tap/index.ts";
import { type CapturedPacket, readPackets } from "./packets.ts";
import { Reassembly } from "./reassembly.ts";
import { type Segment, TCP } from "./tcp-packet.ts";
import { tcpSegment } from "./tcp-segment.ts";

/** What a capture shows of one connection at one time, as a proxy would have told it. */
export interface CapturedEvent extends Pick<TapRecord, "ends" | "raw"> {
  /** The interface, of our own files the hop; `""` where the file does not say. */
  readonly on: string;
}

/** TCP connections out of a capture. */
export interface Capture {
  /** In the order of the file. Connections count from 1; bytes are views of the file. */
  readonly events: readonly CapturedEvent[];
  /** What could not be used. */
  readonly leftOut: {
    /** Connections that were open before the capture began. */
    readonly connections: number;
    /** Connections that are shown up to bytes that are missing. */
    readonly holes: number;
    /** Packets that are not TCP over IP, or of which not all was captured. */
    readonly packets: number;
    /** Bytes at the end that are no whole packet. */
    readonly bytes: number;
  };
}

/** Options of {@link readCapture}. */
export interface ReadCaptureOptions {
  /** Epoch milliseconds at which the clock of the events stands at 0. Default `performance.timeOrigin`. */
  readonly timeOriginMs?: number;
}

/**
 * Reads a capture file, pcapng or pcap as Wireshark, dumpcap and tcpdump write them, and puts its TCP connections together:
 * segments in their order, each byte once. Traffic must be in plain.
 *
 * @throws CaptureError when the file is no capture, or is damaged.
 */
export function readCapture(
  file: Uint8Array,
  { timeOriginMs = performance.timeOrigin }: ReadCaptureOptions = {},
): Capture {
  const { packets, unfinishedBytes } = readPackets(file);
  const reader = new Reader(timeOriginMs);
  for (const packet of packets) reader.take(packet);
  return reader.capture(unfinishedBytes);
}

interface Conversation {
  readonly connection: number;
  readonly ends: TapRecord["ends"];
  readonly on: string;
  readonly stream: Reassembly;
}

class Reader {
  readonly #timeOriginMs: number;
  readonly #events: CapturedEvent[] = [];
  /** The latest of each pair of endpoints. */
  readonly #open = new Map<string, Conversation>();
  readonly #joinedLate = new Set<string>();
  #connections = 0;
  #holes = 0;
  #unusable = 0;
  #atMs = Number.NEGATIVE_INFINITY;

  constructor(timeOriginMs: number) {
    this.#timeOriginMs = timeOriginMs;
  }

  take(packet: CapturedPacket): void {
    const segment = packet.whole ? tcpSegment(packet.bytes, packet.linkType) : undefined;
    if (segment === undefined) {
      this.#unusable += 1;
      return;
    }
    // Several interfaces may be a little out of step; time never falls.
    this.#atMs = Math.max(this.#atMs, packet.epochMs - this.#timeOriginMs);
    const isOpening = (segment.flags & (TCP.SYN | TCP.ACK)) === TCP.SYN;
    if (isOpening) this.#begin(segment, packet.on);
    else this.#goOn(segment, packet.on);
  }

  capture(unfinishedBytes: number): Capture {
    for (const { stream } of this.#open.values()) this.#countHole(stream);
    const leftOut = { connections: this.#joinedLate.size, holes: this.#holes, packets: this.#unusable };
    return { events: this.#events, leftOut: { ...leftOut, bytes: unfinishedBytes } };
  }

  #begin(segment: Segment, on: string): void {
    const key = keyOf(on, segment.from, segment.to);
    const known = this.#open.get(key);
    // A SYN that was sent, or captured, twice.
    if (known?.stream.openedWith === segment.seq) return;
    if (known !== undefined) this.#countHole(known.stream);
    this.#connections += 1;
    const ends = { client: segment.from, server: segment.to };
    const conversation = { connection: this.#connections, ends, on, stream: new Reassembly(segment) };
    this.#open.set(key, conversation);
    this.#tell(conversation, { kind: "open", client: segment.from });
  }

  #goOn(segment: Segment, on: string): void {
    const [up, down] = [keyOf(on, segment.from, segment.to), keyOf(on, segment.to, segment.from)];
    const from: Side = this.#open.has(up) ? "client" : "server";
    const conversation = this.#open.get(from === "client" ? up : down);
    if (conversation === undefined) {
      if (!this.#joinedLate.has(down)) this.#joinedLate.add(up);
      return;
    }
    for (const piece of conversation.stream.push(from, segment)) this.#tell(conversation, piece);
  }

  #tell({ connection, ends, on }: Conversation, told: Untimed<ProxyEvent>): void {
    this.#events.push({ raw: { ...told, connection, atMs: this.#atMs }, ends, on });
  }

  #countHole(stream: Reassembly): void {
    if (stream.hasHole) this.#holes += 1;
  }
}

type Untimed<Event> = Event extends unknown ? Omit<Event, "atMs" | "connection"> : never;

function keyOf(on: string, from: Endpoint, to: Endpoint): string {
  return `${on} ${from.host} ${from.port} ${to.host} ${to.port}`;
}
