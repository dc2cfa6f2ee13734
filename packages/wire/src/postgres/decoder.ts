import { NO_BYTES, readUint32 } from "../core/bytes.ts";
import { GrowingBuffer } from "../core/growing-buffer.ts";
import { ResyncSearch } from "../core/resync-search.ts";
import type { Side } from "../core/side.ts";
import type { PostgresErrorCode } from "./errors.ts";
import type { ResolvedPostgresConnectionOptions } from "./options.ts";
import { guessMessages, TYPES } from "./resync.ts";

/** A message before its fields are read. */
export interface RawMessage {
  /** One letter; `startup` for packets without a type, `reply` for the byte that answers a request for encryption. */
  readonly type: string;
  /** The code of a startup packet, or the byte of a reply. */
  readonly code: number;
  /** As much of it as is kept. */
  readonly body: Uint8Array;
  /** Whether that is less than there is to read. */
  readonly cut: boolean;
  readonly offset: number;
  readonly wireBytes: number;
}

/** Who is given the messages of a direction; it may change the decoder's mode. */
export interface MessageSink {
  take(from: Side, raw: RawMessage): void;
  encrypted(): void;
  /** Where messages begin is no longer known, until `resync`. */
  lost(from: Side): void;
  resync(from: Side, place: { readonly offset: number; readonly skippedBytes: number }): void;
  fail(from: Side, code: PostgresErrorCode, offset: number): void;
}

/** What comes next: a packet without a type, one byte, typed messages, or what can't be read. */
export type DecoderMode = "startup" | "reply" | "messages" | "opaque";

const STARTUP_HEADER_BYTES = 8;
const HEADER_BYTES = 5;
/** A server takes no longer startup packet. */
const MAX_STARTUP_BYTES = 10_000;
/** A server makes no longer message. */
const MAX_LENGTH = 2 ** 30;
const TLS_HANDSHAKE = 0x16;
const LETTER_E = 0x45;

/** Cuts one side's bytes into messages. */
export class MessageDecoder {
  readonly #from: Side;
  readonly #options: ResolvedPostgresConnectionOptions;
  readonly #sink: MessageSink;
  mode: DecoderMode;
  #search: ResyncSearch | undefined;
  #offset = 0;
  #lostAt = 0;
  readonly #header = new Uint8Array(STARTUP_HEADER_BYTES);
  #headerHave = 0;
  #inBody = false;
  /** Bytes of the body, of which `#keep` are kept. */
  #length = 0;
  #keep = 0;
  #have = 0;
  #whole: Uint8Array = NO_BYTES;
  readonly #parts = new GrowingBuffer();

  constructor(from: Side, options: ResolvedPostgresConnectionOptions, sink: MessageSink) {
    this.#from = from;
    this.#options = options;
    this.#sink = sink;
    this.mode = from === "client" && options.join === "start" ? "startup" : "messages";
    if (options.join === "middle") this.#startSearch();
  }

  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && this.mode !== "opaque") {
      if (this.#search !== undefined) at += this.#find(this.#search, chunk.subarray(at));
      else if (this.#inBody) at += this.#takeBody(chunk.subarray(at));
      else if (this.mode === "reply") at += this.#takeReply(chunk[at] as number);
      else at += this.#takeHeader(chunk.subarray(at));
    }
  }

  end(): void {
    const isCut = this.#headerHave > 0 && this.#search === undefined && this.mode !== "opaque";
    if (isCut) this.#sink.fail(this.#from, "truncated", this.#offset);
  }

  #find(search: ResyncSearch, rest: Uint8Array): number {
    const found = search.push(rest);
    this.#offset += rest.length;
    if (found === undefined) return rest.length;
    this.#offset -= found.length;
    this.#search = undefined;
    this.#sink.resync(this.#from, { offset: this.#offset, skippedBytes: this.#offset - this.#lostAt });
    this.push(found);
    return rest.length;
  }

  #takeReply(byte: number): number {
    this.mode = "messages";
    // A server that is too old, or too full, answers with an error instead.
    if (byte === LETTER_E) return 0;
    this.#offset++;
    const offset = this.#offset - 1;
    this.#sink.take(this.#from, { type: "reply", code: byte, body: NO_BYTES, cut: false, offset, wireBytes: 1 });
    return 1;
  }

  #takeHeader(rest: Uint8Array): number {
    const isStartup = this.mode === "startup";
    const needed = isStartup ? STARTUP_HEADER_BYTES : HEADER_BYTES;
    if (isStartup && this.#offset === 0 && rest[0] === TLS_HANDSHAKE) {
      this.#sink.encrypted();
      return 0;
    }
    const part = rest.subarray(0, needed - this.#headerHave);
    this.#header.set(part, this.#headerHave);
    this.#headerHave += part.length;
    this.#offset += part.length;
    if (this.#headerHave < needed) return part.length;
    const fault = isStartup ? this.#startStartup() : this.#startMessage();
    if (fault !== undefined) {
      this.#sink.fail(this.#from, fault, this.#offset - needed);
      this.#sink.lost(this.#from);
      this.#startSearch();
    } else if (this.#length === 0) {
      this.#finish();
    } else {
      this.#inBody = true;
    }
    return part.length;
  }

  #startStartup(): PostgresErrorCode | undefined {
    const length = readUint32(this.#header, 0);
    if (length < STARTUP_HEADER_BYTES || length > MAX_STARTUP_BYTES) return "bad_startup";
    this.#length = length - STARTUP_HEADER_BYTES;
    this.#keep = Math.min(this.#length, this.#options.maxMessageBytes);
    return undefined;
  }

  #startMessage(): PostgresErrorCode | undefined {
    const type = String.fromCharCode(this.#header[0] as number);
    const length = readUint32(this.#header, 1);
    if (!TYPES[this.#from].includes(type)) return "unknown_message";
    if (length < 4 || length > MAX_LENGTH) return "bad_length";
    this.#length = length - 4;
    this.#keep = Math.min(this.#length, keptBytes(this.#from, type), this.#options.maxMessageBytes);
    return undefined;
  }

  #takeBody(rest: Uint8Array): number {
    const part = rest.subarray(0, this.#length - this.#have);
    if (part.length === this.#length) this.#whole = part.subarray(0, this.#keep);
    else if (this.#parts.length < this.#keep) this.#parts.append(part.subarray(0, this.#keep - this.#parts.length));
    this.#have += part.length;
    this.#offset += part.length;
    if (this.#have === this.#length) this.#finish();
    return part.length;
  }

  #finish(): void {
    const isStartup = this.mode === "startup";
    const type = isStartup ? "startup" : String.fromCharCode(this.#header[0] as number);
    const wireBytes = this.#length + (isStartup ? STARTUP_HEADER_BYTES : HEADER_BYTES);
    const wanted = isStartup ? this.#length : Math.min(this.#length, keptBytes(this.#from, type));
    const raw: RawMessage = {
      type,
      code: isStartup ? readUint32(this.#header, 4) : 0,
      body: this.#parts.length > 0 ? this.#parts.bytes : this.#whole,
      cut: wanted > this.#keep,
      offset: this.#offset - wireBytes,
      wireBytes,
    };
    this.#reset();
    this.#sink.take(this.#from, raw);
    this.#parts.clear();
  }

  #reset(): void {
    this.#headerHave = 0;
    this.#inBody = false;
    this.#length = 0;
    this.#have = 0;
    this.#whole = NO_BYTES;
  }

  #startSearch(): void {
    const run = { side: this.#from, count: this.#options.resyncMessages };
    this.#search = new ResyncSearch((bytes, start) => guessMessages(bytes, start, run));
    this.#lostAt = this.#offset;
    this.mode = "messages";
    this.#reset();
  }
}

/** How much of a message's body is looked at: of secrets and contents nothing. */
function keptBytes(from: Side, type: string): number {
  if ("dpFV".includes(type)) return 0;
  return from === "server" && type === "D" ? 2 : Number.POSITIVE_INFINITY;
}
