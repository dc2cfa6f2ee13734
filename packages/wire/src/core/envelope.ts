import { readUint32, writeUint32 } from "./bytes.ts";
import { PayloadParts, type ReadPayload } from "./payload.ts";

/** Bytes in front of each message: flags, then the length. */
const ENVELOPE_HEADER_BYTES = 5;

/** One enveloped message: a flags byte, a length of four bytes, and as many bytes. */
export interface Envelope {
  readonly flags: number;
  /** Bytes of the payload. */
  readonly length: number;
  /** Bytes in front of the envelope's header. */
  readonly offset: number;
  /** Gives a view of the pushed bytes where it lay whole in one chunk, else a copy; `null`: longer than the limit. */
  readonly payload: ReadPayload | null;
}

/** Cuts a stream into envelopes. gRPC, gRPC-Web and Connect share the format. */
export interface EnvelopeReader {
  push(chunk: Uint8Array): readonly Envelope[];
  /** Bytes taken so far. */
  readonly offset: number;
  /** Whether the bytes so far end inside an envelope. */
  readonly unfinished: boolean;
}

/** Creates a reader; payloads beyond `maxBytes` are skipped, without being kept. */
export function createEnvelopeReader(maxBytes: number): EnvelopeReader {
  return new Reader(maxBytes);
}

/** Puts a message into an envelope. */
export function writeEnvelope(flags: number, payload: Uint8Array): Uint8Array {
  const target = new Uint8Array(ENVELOPE_HEADER_BYTES + payload.length);
  target[0] = flags;
  writeUint32(target, 1, payload.length);
  target.set(payload, ENVELOPE_HEADER_BYTES);
  return target;
}

class Reader implements EnvelopeReader {
  offset = 0;
  readonly #maxBytes: number;
  readonly #header = new Uint8Array(ENVELOPE_HEADER_BYTES);
  #headerHave = 0;
  #length = 0;
  #have = 0;
  readonly #parts = new PayloadParts();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get unfinished(): boolean {
    return this.#headerHave > 0;
  }

  push(chunk: Uint8Array): readonly Envelope[] {
    const envelopes: Envelope[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.#headerHave < ENVELOPE_HEADER_BYTES) {
        this.#header[this.#headerHave++] = chunk[at++] as number;
        if (this.#headerHave < ENVELOPE_HEADER_BYTES) continue;
        this.#length = readUint32(this.#header, 1);
      }
      const part = chunk.subarray(at, at + this.#length - this.#have);
      at += part.length;
      if (part.length === this.#length) this.#parts.hold(part);
      else if (this.#length <= this.#maxBytes) this.#parts.append(part);
      this.#have += part.length;
      if (this.#have === this.#length) envelopes.push(this.#finish(this.offset + at));
    }
    this.offset += chunk.length;
    return envelopes;
  }

  #finish(end: number): Envelope {
    const length = this.#length;
    const payload = this.#parts.take();
    this.#headerHave = 0;
    this.#have = 0;
    return {
      flags: this.#header[0] as number,
      length,
      offset: end - length - ENVELOPE_HEADER_BYTES,
      payload: length > this.#maxBytes ? null : payload,
    };
  }
}
