import type { Side } from "../core/side.ts";
import type { Endpoint, ProxyEvent } from "../proxy/index.ts";
import type { TapRecord } from "../tap/index.ts";
import { type CapturedPacket, readPackets } from "./packets.ts";
import { Reassembly } from "./reassembly.ts";
import { type Segment, TCP } from "./tcp-packet.ts";
import { tcpSegment } from "./tcp-segment.ts";

/** What a capture shows of one connection at one time, as a proxy would have told it. */
export interface CapturedEvent extends Pick<TapRecord, "ends" | "raw"> {
  /**
   * The interface, of our own files the hop; `""` where the file does not say. Hops (`a>b`) are taken each by itself, all other
   * interfaces together: what two of them saw counts once.
   */
  readonly on: string;
}

/** TCP connections out of a capture. */
export interface Capture {
  /** In the order of the file; the times of one connection never fall. Connections count from 1; bytes are views of the file. */
  readonly events: readonly CapturedEvent[];
  /** What could not be used. */
  readonly leftOut: {
    /** Connections that were open before the capture began. */
    readonly connections: number;
    /** Connections that miss bytes: each direction is shown up to them. */
    readonly holes: number;
    /** Packets that are not TCP over IP, or do not say when they were seen. */
    readonly packets: number;
    /** Packets of which not all was captured. */
    readonly cutPackets: number;
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
 * segments in their order, each byte once. Traffic must be in plain. The result takes memory for each packet, and holds the file.
 *
 * @throws CaptureError when the file is no capture, or is damaged.
 */
export function readCapture(
  file: Uint8Array,
  { timeOriginMs = performance.timeOrigin }: ReadCaptureOptions = {},
): Capture {
  const reader = new Reader(timeOriginMs);
  const packets = readPackets(file);
  let step = packets.next();
  for (; step.done !== true; step = packets.next()) reader.take(step.value);
  return reader.capture(step.value);
}

interface Conversation {
  readonly connection: number;
  readonly ends: TapRecord["ends"];
  readonly on: string;
  readonly stream: Reassembly;
  /** Of what was told last. */
  atMs: number;
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
  #cut = 0;

  constructor(timeOriginMs: number) {
    this.#timeOriginMs = timeOriginMs;
  }

  take(packet: CapturedPacket): void {
    if (!packet.whole) {
      this.#cut += 1;
      return;
    }
    const segment = tcpSegment(packet.bytes, packet.linkType);
    if (segment === undefined) {
      this.#unusable += 1;
      return;
    }
    const isOpening = (segment.flags & (TCP.SYN | TCP.ACK)) === TCP.SYN;
    if (isOpening) this.#begin(segment, packet);
    this.#goOn(segment, packet);
  }

  capture(unfinishedBytes: number): Capture {
    for (const { stream } of this.#open.values()) this.#countHole(stream);
    return {
      events: this.#events,
      leftOut: {
        connections: this.#joinedLate.size,
        holes: this.#holes,
        packets: this.#unusable,
        cutPackets: this.#cut,
        bytes: unfinishedBytes,
      },
    };
  }

  #begin(segment: Segment, packet: CapturedPacket): void {
    const [up, down] = keysOf(segment, packet.on);
    const known = this.#open.get(up);
    // A SYN that was sent, or captured, twice.
    if (known?.stream.openedWith === segment.seq && !known.stream.closed) return;
    // The same ends, or the same in turned roles, have another connection now.
    for (const key of [up, down]) {
      const before = this.#open.get(key);
      if (before !== undefined) this.#countHole(before.stream);
      this.#open.delete(key);
    }
    this.#connections += 1;
    const conversation = {
      connection: this.#connections,
      ends: { client: segment.from, server: segment.to },
      on: packet.on,
      stream: new Reassembly(segment),
      atMs: Number.NEGATIVE_INFINITY,
    };
    this.#open.set(up, conversation);
    this.#tell(conversation, { kind: "open", client: segment.from }, packet);
  }

  #goOn(segment: Segment, packet: CapturedPacket): void {
    const [up, down] = keysOf(segment, packet.on);
    const from: Side = this.#open.has(up) ? "client" : "server";
    const conversation = this.#open.get(from === "client" ? up : down);
    if (conversation === undefined) {
      if (!this.#joinedLate.has(down)) this.#joinedLate.add(up);
      return;
    }
    for (const piece of conversation.stream.push(from, segment)) this.#tell(conversation, piece, packet);
  }

  #tell(conversation: Conversation, told: Untimed<ProxyEvent>, { epochMs }: CapturedPacket): void {
    const { connection, ends, on } = conversation;
    // Interfaces may be a little out of step, and clocks be set; time never falls.
    conversation.atMs = Math.max(conversation.atMs, epochMs - this.#timeOriginMs);
    this.#events.push({ raw: { ...told, connection, atMs: conversation.atMs }, ends, on });
  }

  #countHole(stream: Reassembly): void {
    if (stream.hasHole) this.#holes += 1;
  }
}

type Untimed<Event> = Event extends unknown ? Omit<Event, "atMs" | "connection"> : never;

/** By which a connection is found whose client sent the segment, and one whose server did. */
function keysOf({ from, to }: Segment, on: string): readonly [string, string] {
  const hop = on.includes(">") ? on : "";
  const key = (client: Endpoint, server: Endpoint): string =>
    `${hop} ${client.host} ${client.port} ${server.host} ${server.port}`;
  return [key(from, to), key(to, from)];
}
