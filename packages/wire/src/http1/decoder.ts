import { GrowingBuffer } from "../core/growing-buffer.ts";
import { LineReader } from "../core/line-reader.ts";
import type { Side } from "../core/side.ts";
import { parseChunkLine } from "./chunk.ts";
import { type Http1ErrorCode, http1Error } from "./errors.ts";
import type { BodyFraming, Http1Event, Http1Field } from "./events.ts";
import {
  endsWithCr,
  FieldLines,
  isLikelyField,
  isLikelyStart,
  lineText,
  parseStartLine,
  type StartLine,
} from "./head.ts";
import type { ResolvedHttp1ConnectionOptions } from "./options.ts";

/** A head as its direction alone can read it. */
export interface MessageHead {
  readonly start: StartLine;
  readonly fields: readonly Http1Field[];
  readonly offset: number;
  readonly headBytes: number;
}

/** What a decoder asks and tells: where a body ends depends on the other direction too. */
export interface MessageOwner {
  emit(event: Http1Event): void;
  /** A head is complete. */
  begin(from: Side, head: MessageHead): { readonly exchange: number | null; readonly body: BodyFraming };
  /** The message has ended; the owner may put the decoder on hold or turn it into a tunnel. */
  finish(from: Side): void;
  /** Messages of this direction may have been missed. */
  lost(from: Side): void;
}

type Mode =
  | "search"
  | "head"
  | "length"
  | "until-close"
  | "chunk-line"
  | "chunk-data"
  | "chunk-end"
  | "trailers"
  | "hold"
  | "tunnel"
  | "ended";

/** Reads the messages of one direction (RFC 9112). */
export class MessageDecoder {
  readonly #from: Side;
  readonly #options: ResolvedHttp1ConnectionOptions;
  readonly #owner: MessageOwner;
  readonly #headLines: LineReader;
  readonly #chunkLines: LineReader;
  /** Behind a chunk's data stands an empty line, nothing longer. */
  readonly #chunkEnds = new LineReader(1);
  readonly #held = new GrowingBuffer();
  #heldTooMuch = false;
  #mode: Mode;
  /** Bytes read; what is held is not. */
  #offset = 0;
  /** Where the search for a message began. */
  #lostAt = 0;
  /** A start line was found by searching, which the next line must confirm. */
  #tentative = false;
  #start: StartLine | undefined;
  #fields: FieldLines;
  /** Where the message begins, and where its head or trailer section does. */
  #messageAt = 0;
  #sectionAt = 0;
  /** Bytes of the body or of the chunk that are still to come. */
  #left = 0;
  #bodyBytes = 0;
  #exchange: number | null = null;
  #tunnelNext = false;

  constructor(from: Side, options: ResolvedHttp1ConnectionOptions, owner: MessageOwner) {
    this.#from = from;
    this.#options = options;
    this.#owner = owner;
    this.#headLines = new LineReader(options.maxHeadBytes);
    this.#chunkLines = new LineReader(options.maxChunkLineBytes);
    this.#fields = new FieldLines(options.maxFields);
    this.#mode = options.join === "start" ? "head" : "search";
  }

  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && this.#mode !== "ended") {
      if (this.#mode === "hold") at += this.#hold(chunk.subarray(at));
      else if (isRaw(this.#mode)) at += this.#takeBytes(chunk.subarray(at));
      else at = this.#takeLine(chunk, at);
    }
  }

  end(): void {
    const inHead = this.#mode === "head" && (this.#start !== undefined || this.#headLines.unfinished);
    if (this.#mode === "until-close") this.#finish(true);
    else if (inHead || this.#inBody) {
      this.#fail("truncated", this.#offset);
      if (this.#inBody) this.#finish(false);
    }
    this.#mode = "ended";
  }

  /** Keeps what comes from now on: only the other direction can tell what it is. */
  hold(): void {
    this.#mode = "hold";
  }

  /** What is held, and all that follows, is HTTP after all, or belongs to another protocol. */
  release(to: "head" | "tunnel"): void {
    if (this.#mode === "ended" || (to === "head" && this.#mode !== "hold")) return;
    this.#tunnelNext = to === "tunnel";
    // A request may still be sending its body.
    if (this.#inBody) return;
    const held = this.#held.bytes.slice();
    this.#held.release();
    this.#mode = to;
    if (to === "head" && this.#heldTooMuch) this.#lose();
    this.#heldTooMuch = false;
    this.push(held);
  }

  get #inBody(): boolean {
    return this.#mode === "length" || this.#mode === "trailers" || this.#mode.startsWith("chunk");
  }

  #hold(part: Uint8Array): number {
    if (!this.#heldTooMuch && this.#held.length + part.length <= this.#options.maxHeldBytes) {
      this.#held.append(part);
      return part.length;
    }
    if (!this.#heldTooMuch) this.#fail("held_too_large", this.#offset);
    this.#heldTooMuch = true;
    this.#offset += this.#held.length + part.length;
    this.#held.release();
    return part.length;
  }

  #takeBytes(rest: Uint8Array): number {
    const from = this.#from;
    const isBounded = this.#mode === "length" || this.#mode === "chunk-data";
    const data = isBounded ? rest.subarray(0, this.#left) : rest;
    this.#offset += data.length;
    if (this.#mode === "tunnel") {
      this.#owner.emit({ type: "tunnel", from, data });
      return data.length;
    }
    this.#bodyBytes += data.length;
    this.#owner.emit({ type: "body", from, exchange: this.#exchange, data });
    if (isBounded) this.#left -= data.length;
    if (isBounded && this.#left === 0) {
      if (this.#mode === "length") this.#finish(true);
      else this.#mode = "chunk-end";
    }
    return data.length;
  }

  #takeLine(chunk: Uint8Array, at: number): number {
    const reader =
      this.#mode === "chunk-line" ? this.#chunkLines : this.#mode === "chunk-end" ? this.#chunkEnds : this.#headLines;
    const next = reader.take(chunk, at);
    this.#offset += next - at;
    if (reader.complete) this.#line(reader);
    return next;
  }

  #line({ line, tooLong }: LineReader): void {
    const at = this.#offset - line.length - 1;
    const text = lineText(line);
    if (this.#mode === "search") {
      this.#search(text, at);
      return;
    }
    if (!tooLong && !endsWithCr(line)) this.#fail("bare_lf", this.#offset - 1);
    if (this.#mode === "chunk-line") this.#chunkLine(text, tooLong, at);
    else if (this.#mode === "chunk-end") {
      if (text === "" && !tooLong) this.#mode = "chunk-line";
      else this.#abandon("bad_chunk", at);
    } else {
      const isOver = this.#start !== undefined && this.#offset - this.#sectionAt > this.#options.maxHeadBytes;
      if (tooLong || isOver) this.#abandon("head_too_large", at);
      else this.#headLine(text, at);
    }
  }

  #search(text: string, at: number): void {
    if (!isLikelyStart(this.#from, text)) return;
    this.#tentative = true;
    this.#startHead(text, at);
  }

  #headLine(text: string, at: number): void {
    if (this.#start === undefined) {
      // Empty lines in front of a message are to be ignored (RFC 9112 section 2.2).
      if (text !== "") this.#startHead(text, at);
      return;
    }
    if (this.#tentative && !isLikelyField(text)) {
      this.#start = undefined;
      this.#tentative = false;
      this.#mode = "search";
      this.#search(text, at);
      return;
    }
    if (this.#tentative) {
      const offset = this.#messageAt;
      this.#owner.emit({ type: "resync", from: this.#from, offset, skippedBytes: offset - this.#lostAt });
      this.#tentative = false;
    }
    if (text !== "") {
      const fault = this.#fields.add(text);
      if (fault !== undefined) this.#fail(fault, at);
    } else if (this.#mode === "trailers") {
      const { fields } = this.#fields;
      if (fields.length > 0) {
        this.#owner.emit({ type: "trailers", from: this.#from, exchange: this.#exchange, fields });
      }
      this.#finish(true);
    } else {
      this.#begin(this.#start);
    }
  }

  #startHead(text: string, at: number): void {
    const start = parseStartLine(this.#from, text);
    if (start === undefined) this.#abandon("bad_start_line", at);
    else if (!start.version.startsWith("1.")) this.#abandon("bad_version", at);
    else {
      this.#mode = "head";
      this.#start = start;
      this.#messageAt = at;
      this.#startSection(at);
    }
  }

  #startSection(at: number): void {
    this.#sectionAt = at;
    this.#fields = new FieldLines(this.#options.maxFields);
  }

  #begin(start: StartLine): void {
    const { fields } = this.#fields;
    const offset = this.#messageAt;
    const head = { start, fields, offset, headBytes: this.#offset - offset };
    const { exchange, body } = this.#owner.begin(this.#from, head);
    this.#exchange = exchange;
    this.#bodyBytes = 0;
    switch (body.kind) {
      case "none":
      case "switch":
        this.#finish(true);
        break;
      case "length":
        this.#left = body.bytes;
        this.#mode = "length";
        break;
      case "chunked":
        this.#mode = "chunk-line";
        break;
      case "until-close":
        this.#mode = "until-close";
        break;
      case "unknown":
        this.#finish(false);
        this.#lose();
    }
  }

  #chunkLine(text: string, tooLong: boolean, at: number): void {
    const chunk = tooLong ? undefined : parseChunkLine(text);
    if (chunk === undefined) {
      this.#abandon(tooLong ? "chunk_line_too_long" : "bad_chunk", at);
      return;
    }
    this.#owner.emit({ type: "chunk", from: this.#from, exchange: this.#exchange, ...chunk, offset: at });
    this.#left = chunk.size;
    this.#mode = chunk.size === 0 ? "trailers" : "chunk-data";
    if (chunk.size === 0) this.#startSection(this.#offset);
  }

  #finish(complete: boolean): void {
    const wireBytes = this.#offset - this.#messageAt;
    const from = this.#from;
    const bodyBytes = this.#bodyBytes;
    this.#owner.emit({ type: "end", from, exchange: this.#exchange, bodyBytes, wireBytes, complete });
    this.#start = undefined;
    this.#exchange = null;
    this.#mode = this.#tunnelNext ? "tunnel" : "head";
    this.#owner.finish(from);
  }

  /** Nothing says any more where the message ends. */
  #abandon(code: Http1ErrorCode, at: number): void {
    this.#fail(code, at);
    if (this.#inBody) this.#finish(false);
    this.#lose();
  }

  #lose(): void {
    this.#start = undefined;
    this.#tentative = false;
    this.#mode = "search";
    this.#lostAt = this.#offset;
    this.#owner.lost(this.#from);
  }

  #fail(code: Http1ErrorCode, offset: number): void {
    this.#owner.emit({ type: "error", from: this.#from, exchange: this.#exchange, error: http1Error(code, offset) });
  }
}

/** Whether bytes are passed on as they come. */
function isRaw(mode: Mode): boolean {
  return mode === "length" || mode === "chunk-data" || mode === "until-close" || mode === "tunnel";
}
