import { strictUtf8 } from "../core/bytes.ts";
import { GrowingBuffer } from "../core/growing-buffer.ts";
import { type SseErrorCode, sseError } from "./errors.ts";
import type { SseEvent } from "./events.ts";
import { type ResolvedSseDecoderOptions, resolveSseDecoderOptions, type SseDecoderOptions } from "./options.ts";

/** Decodes the body of one `text/event-stream`. */
export interface SseDecoder {
  /**
   * Takes the next bytes of the body, cut anywhere; the cuts make no difference to the events. Never throws: a fault is
   * an event, and decoding goes on behind it.
   */
  push(chunk: Uint8Array): readonly SseEvent[];
  /** The body has ended: an error when that leaves an event undispatched. */
  end(): readonly SseEvent[];
}

/**
 * Creates a decoder (WHATWG HTML section 9.2).
 *
 * @throws RangeError when an option is out of its range.
 */
export function createSseDecoder(options?: SseDecoderOptions): SseDecoder {
  return new Decoder(resolveSseDecoderOptions(options));
}

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const BOM = "\ufeff";
/** Keeps byte order marks: only the first of a stream is not part of its line. */
const LENIENT = new TextDecoder("utf-8", { ignoreBOM: true });

class Decoder implements SseDecoder {
  readonly #options: ResolvedSseDecoderOptions;
  #events: SseEvent[] = [];
  /** Bytes taken before the chunk being pushed. */
  #before = 0;
  readonly #line = new GrowingBuffer();
  #lineBytes = 0;
  #afterCr = false;
  #first = true;
  #searching: boolean;
  /** Of the block of lines being read; `undefined`: none has begun. */
  #blockAt: number | undefined;
  #event = "";
  #data: string[] = [];
  #dataBytes = 0;
  #dataLost = false;
  #id: string | undefined;
  #lastEventId: string | null;

  constructor(options: ResolvedSseDecoderOptions) {
    this.#options = options;
    this.#searching = options.join === "middle";
    this.#lastEventId = this.#searching ? null : "";
  }

  push(chunk: Uint8Array): readonly SseEvent[] {
    this.#events = [];
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      const isRestOfCrlf = byte === LF && this.#afterCr;
      this.#afterCr = byte === CR;
      if (isRestOfCrlf) start = at + 1;
      else if (byte === LF || byte === CR) {
        this.#keep(chunk.subarray(start, at));
        this.#endLine(this.#before + at);
        start = at + 1;
      }
    }
    this.#keep(chunk.subarray(start));
    this.#before += chunk.length;
    return this.#events;
  }

  end(): readonly SseEvent[] {
    this.#events = [];
    const inField = this.#lineBytes > 0 && this.#line.bytes[0] !== COLON;
    if ((this.#blockAt !== undefined || inField) && !this.#searching) this.#fail("unfinished_event", this.#before);
    return this.#events;
  }

  #keep(part: Uint8Array): void {
    this.#line.append(part.subarray(0, this.#options.maxLineBytes - this.#line.length));
    this.#lineBytes += part.length;
  }

  /** `end` is the position of the mark that ends the line. */
  #endLine(end: number): void {
    const place = { offset: end - this.#lineBytes, wireBytes: this.#lineBytes + 1 };
    if (this.#searching) this.#search(end + 1);
    else if (this.#lineBytes > this.#options.maxLineBytes) this.#longLine(place);
    else this.#wholeLine(place);
    this.#first = false;
    this.#line.clear();
    this.#lineBytes = 0;
  }

  #search(offset: number): void {
    if (this.#lineBytes > 0) return;
    this.#searching = false;
    this.#events.push({ type: "resync", offset, skippedBytes: offset });
  }

  /** Its beginning says what is missing. */
  #longLine({ offset }: Place): void {
    this.#fail("line_too_long", offset);
    const { name } = split(LENIENT.decode(this.#line.bytes));
    if (name === "") return;
    this.#blockAt ??= offset;
    if (name === "data") this.#dropData();
    else if (name === "id") this.#lastEventId = null;
  }

  #wholeLine(place: Place): void {
    const bytes = this.#line.bytes;
    let text = LENIENT.decode(bytes);
    if (strictUtf8(bytes) === undefined) this.#fail("bad_utf8", place.offset);
    if (this.#first && text.startsWith(BOM)) text = text.slice(1);
    if (text === "") this.#dispatch(place.offset + place.wireBytes);
    else if (text.startsWith(":")) this.#events.push({ type: "comment", text: text.slice(1), ...place });
    else this.#field(split(text), place);
  }

  #field({ name, value }: Field, place: Place): void {
    this.#blockAt ??= place.offset;
    if (name === "event") this.#event = value;
    else if (name === "data") this.#addData(value, place);
    else if (name === "id") {
      if (value.includes("\0")) this.#fail("bad_id", place.offset);
      else this.#id = value;
    } else if (name === "retry") {
      if (/^\d{1,15}$/.test(value)) this.#events.push({ type: "retry", retryMs: Number(value), ...place });
      else this.#fail("bad_retry", place.offset);
    }
  }

  #addData(value: string, { offset, wireBytes }: Place): void {
    if (this.#dataLost) return;
    this.#dataBytes += wireBytes;
    this.#data.push(value);
    if (this.#dataBytes <= this.#options.maxEventBytes) return;
    this.#fail("event_too_large", offset);
    this.#dropData();
  }

  #dropData(): void {
    this.#data = [];
    this.#dataLost = true;
  }

  /** An empty line ends a block. */
  #dispatch(end: number): void {
    const offset = this.#blockAt;
    if (offset === undefined) return;
    this.#lastEventId = this.#id ?? this.#lastEventId;
    const common = { id: this.#id, lastEventId: this.#lastEventId, offset, wireBytes: end - offset };
    const data = this.#dataLost ? null : this.#data.join("\n");
    if (this.#data.length > 0 || this.#dataLost) {
      this.#events.push({ type: "event", event: this.#event || "message", data, ...common });
    } else {
      this.#events.push({ type: "fields", ...common });
    }
    this.#blockAt = undefined;
    this.#event = "";
    this.#data = [];
    this.#dataBytes = 0;
    this.#dataLost = false;
    this.#id = undefined;
  }

  #fail(code: SseErrorCode, offset: number): void {
    this.#events.push({ type: "error", error: sseError(code, offset) });
  }
}

interface Place {
  readonly offset: number;
  readonly wireBytes: number;
}

interface Field {
  readonly name: string;
  readonly value: string;
}

/** One blank behind the colon is not part of the value. */
function split(line: string): Field {
  const colon = line.indexOf(":");
  if (colon < 0) return { name: line, value: "" };
  return { name: line.slice(0, colon), value: line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1) };
}
