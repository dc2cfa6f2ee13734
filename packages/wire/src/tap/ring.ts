import type { Endpoint, ProxyEvent } from "../proxy/index.ts";
import { ByteLog } from "./byte-log.ts";
import type { TapEvent } from "./events.ts";
import type { RingLimits } from "./options.ts";

/** What the proxy told at once, and everything that it showed. */
export interface TapRecord {
  /** As the proxy told it: for a chunk with its bytes. */
  readonly raw: ProxyEvent;
  /** Both ends of the connection as the tap has them. */
  readonly ends: { readonly client: Endpoint; readonly server: Endpoint };
  readonly events: readonly TapEvent[];
}

/** The latest records, bounded in events and in bytes: what is over is taken off the old end, whole records at a time. */
export class Ring {
  readonly #maxEvents: number;
  readonly #maxBytes: number;
  #log = new ByteLog();
  #records: TapRecord[] = [];
  #first = 0;
  #events = 0;
  #bytes = 0;
  /** Events that were forgotten because of the limits. */
  dropped = 0;

  constructor({ maxEvents, maxBytes }: RingLimits) {
    this.#maxEvents = maxEvents;
    this.#maxBytes = maxBytes;
  }

  /** Copies the bytes of a chunk to where they stay until its record is forgotten. Records are pushed in this order. */
  keep(raw: ProxyEvent): ProxyEvent {
    return raw.kind === "chunk" ? { ...raw, bytes: this.#log.keep(raw.bytes) } : raw;
  }

  push(record: TapRecord): void {
    this.#records.push(record);
    this.#events += record.events.length;
    this.#bytes += bytesOf(record);
    while (this.#events > this.#maxEvents || this.#bytes > this.#maxBytes) this.#dropOldest();
    // Moving the rest down costs one step for each record that went before it.
    if (this.#first > 1024 && this.#first * 2 > this.#records.length) {
      this.#records = this.#records.slice(this.#first);
      this.#first = 0;
    }
  }

  /** Those that are kept, oldest first. */
  records(): readonly TapRecord[] {
    return this.#records.slice(this.#first);
  }

  clear(): void {
    // What was read before the clearing may still be looked at.
    this.#log = new ByteLog();
    this.#records = [];
    this.#first = 0;
    this.#events = 0;
    this.#bytes = 0;
    this.dropped = 0;
  }

  #dropOldest(): void {
    const oldest = this.#records[this.#first];
    if (oldest === undefined) return;
    // The slot keeps the place until the array is cut, not the record.
    this.#records[this.#first++] = GONE;
    this.#events -= oldest.events.length;
    this.#bytes -= bytesOf(oldest);
    if (oldest.raw.kind === "chunk") this.#log.forget(oldest.raw.bytes);
    this.dropped += oldest.events.length;
  }
}

const NOWHERE: Endpoint = { host: "", port: 0 };
const GONE: TapRecord = {
  raw: { kind: "close", connection: 0, atMs: 0, reason: "finished" },
  ends: { client: NOWHERE, server: NOWHERE },
  events: [],
};

function bytesOf({ raw }: TapRecord): number {
  return raw.kind === "chunk" ? raw.bytes.length : 0;
}
