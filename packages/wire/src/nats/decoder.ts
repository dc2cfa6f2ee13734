import { NO_BYTES, utf8 } from "../core/bytes.ts";
import { GrowingBuffer } from "../core/growing-buffer.ts";
import { LineReader } from "../core/line-reader.ts";
import { ResyncSearch } from "../core/resync-search.ts";
import type { Side } from "../core/side.ts";
import { type NatsErrorCode, natsError } from "./errors.ts";
import type { NatsEvent } from "./events.ts";
import { parseNatsHeaders } from "./headers.ts";
import { type ContentLine, hasContent, type NatsLine, parseNatsLine } from "./line.ts";
import type { ResolvedNatsConnectionOptions } from "./options.ts";
import { redactConnect } from "./redact.ts";
import { guessOperations } from "./resync.ts";

const CR = 0x0d;
const CRLF = "\r\n";

/** Cuts one side's bytes into operations. */
export class OperationDecoder {
  readonly #from: Side;
  readonly #options: ResolvedNatsConnectionOptions;
  readonly #lines: LineReader;
  readonly #content = new GrowingBuffer();
  /** Content that lies whole in the chunk being pushed. */
  #whole: Uint8Array = NO_BYTES;
  #events: NatsEvent[] = [];
  #search: ResyncSearch | undefined;
  /** Bytes taken so far. */
  offset = 0;
  #lostAt = 0;
  /** The line whose content is being read. */
  #pending: ContentLine | undefined;
  #operationAt = 0;
  /** Bytes of content and of the CRLF behind it. */
  #have = 0;

  constructor(from: Side, options: ResolvedNatsConnectionOptions) {
    this.#from = from;
    this.#options = options;
    this.#lines = new LineReader(options.maxLineBytes);
    if (options.join === "middle") this.#startSearch();
  }

  push(chunk: Uint8Array): NatsEvent[] {
    this.#events = [];
    this.#read(chunk);
    return this.#events;
  }

  end(): NatsEvent[] {
    this.#events = [];
    const isCut = this.#pending !== undefined || this.#lines.unfinished;
    if (isCut && this.#search === undefined) this.#fail("truncated", this.offset);
    return this.#events;
  }

  #read(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#search !== undefined) at += this.#find(this.#search, chunk.subarray(at));
      else if (this.#pending === undefined) at += this.#takeLine(chunk, at);
      else if (this.#have < this.#pending.totalBytes) at += this.#takeContent(this.#pending, chunk.subarray(at));
      else at += this.#takeEnd(this.#pending, chunk[at] as number);
    }
  }

  #find(search: ResyncSearch, rest: Uint8Array): number {
    const found = search.push(rest);
    this.offset += rest.length;
    if (found === undefined) return rest.length;
    this.offset -= found.length;
    const { offset } = this;
    this.#events.push({ type: "resync", from: this.#from, offset, skippedBytes: offset - this.#lostAt });
    this.#search = undefined;
    this.#read(found);
    return rest.length;
  }

  #takeLine(chunk: Uint8Array, at: number): number {
    const taken = this.#lines.take(chunk, at) - at;
    this.offset += taken;
    if (!this.#lines.complete) return taken;
    const { line, tooLong } = this.#lines;
    this.#operationAt = this.offset - line.length - 1;
    if (tooLong) this.#lose("line_too_long", this.#operationAt);
    else this.#line(line);
    return taken;
  }

  #line(bytes: Uint8Array): void {
    const hasCr = bytes[bytes.length - 1] === CR;
    if (!hasCr) this.#fail("bad_line_end", this.offset - 1);
    const line = parseNatsLine(this.#from, utf8(bytes.subarray(0, hasCr ? -1 : bytes.length)));
    if (typeof line === "string") this.#lose(line, this.#operationAt);
    else if (!hasContent(line)) this.#emit(line);
    else {
      this.#pending = line;
      this.#have = 0;
      this.#whole = NO_BYTES;
      if (line.totalBytes > this.#options.maxPayloadBytes) this.#fail("payload_too_large", this.#operationAt);
    }
  }

  #takeContent(line: ContentLine, rest: Uint8Array): number {
    const part = rest.subarray(0, line.totalBytes - this.#have);
    // A view must not outlive the push: what ends behind this chunk is copied.
    if (part.length === line.totalBytes && rest.length >= part.length + CRLF.length) this.#whole = part;
    else if (line.totalBytes <= this.#options.maxPayloadBytes) this.#content.append(part);
    this.#have += part.length;
    this.offset += part.length;
    return part.length;
  }

  /** CR and LF stand behind the content. */
  #takeEnd(line: ContentLine, byte: number): number {
    this.offset++;
    const position = this.#have++ - line.totalBytes;
    if (byte !== CRLF.charCodeAt(position)) {
      this.#lose("bad_payload_end", this.offset - 1);
    } else if (position === 1) {
      this.#emitContent(line);
      this.#pending = undefined;
      this.#content.release();
    }
    return 1;
  }

  #emitContent({ type, subject, sid, replyTo, headerBytes, totalBytes }: ContentLine): void {
    const isKept = totalBytes <= this.#options.maxPayloadBytes;
    const bytes = isKept ? (this.#content.length > 0 ? this.#content.bytes : this.#whole) : undefined;
    const hasHeaders = type === "HPUB" || type === "HMSG";
    const parsed = hasHeaders ? bytes && parseNatsHeaders(bytes.subarray(0, headerBytes)) : undefined;
    const content = {
      subject,
      replyTo,
      headers: hasHeaders ? (parsed ?? null) : undefined,
      headerBytes,
      payloadBytes: totalBytes - headerBytes,
      payload: bytes?.subarray(headerBytes) ?? null,
    };
    const place = this.#place();
    this.#events.push(
      type === "PUB" || type === "HPUB" ? { type, ...content, ...place } : { type, sid, ...content, ...place },
    );
    if (hasHeaders && bytes !== undefined && parsed === undefined) this.#fail("bad_headers", place.offset);
  }

  #emit(line: Exclude<NatsLine, ContentLine>): void {
    const place = this.#place();
    if (!("json" in line)) {
      this.#events.push({ ...line, ...place });
      return;
    }
    const json = parseObject(line.json);
    if (line.type === "INFO") this.#events.push({ type: "INFO", info: json, ...place });
    else this.#events.push({ type: "CONNECT", options: json && redactConnect(json), ...place });
    if (json === null) this.#fail("bad_json", place.offset);
  }

  #place() {
    return { from: this.#from, offset: this.#operationAt, wireBytes: this.offset - this.#operationAt };
  }

  /** Nothing says any more where the next operation begins. */
  #lose(code: NatsErrorCode, at: number): void {
    this.#fail(code, at);
    this.#pending = undefined;
    this.#content.release();
    this.#startSearch();
  }

  #startSearch(): void {
    const run = { side: this.#from, count: this.#options.resyncOperations };
    this.#search = new ResyncSearch((bytes, start) => guessOperations(bytes, start, run));
    this.#lostAt = this.offset;
  }

  #fail(code: NatsErrorCode, offset: number): void {
    this.#events.push({ type: "error", from: this.#from, error: natsError(code, offset) });
  }
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null && !Array.isArray(json) ? (json as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
