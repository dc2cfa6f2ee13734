import { NO_BYTES, readUint32 } from "../core/bytes.ts";
import { ResyncSearch } from "../core/resync-search.ts";
import { CLIENT_PREFACE, FRAME_HEADER_BYTES, MAX_31_BITS } from "./constants.ts";
import { type Http2ErrorCode, http2Error } from "./errors.ts";
import type { Frame, FrameHeader } from "./frames.ts";
import { type FrameDecoderOptions, type ResolvedFrameDecoderOptions, resolveFrameDecoderOptions } from "./options.ts";
import { malformed, parsePayload } from "./payload.ts";
import { guessFrames } from "./resync.ts";

/** Cuts one direction of a connection into frames. It knows no state beyond the frame it is in. */
export interface FrameDecoder {
  /**
   * Takes the next bytes, cut anywhere, and returns the frames that they complete; the cuts make no difference to the
   * frames. Never throws: a fault is a `MALFORMED` frame, and decoding goes on behind it, except after a wrong preface.
   * Frames hold views of `chunk`.
   */
  push(chunk: Uint8Array): readonly Frame[];
  /** The connection has ended: returns a `MALFORMED` frame when that leaves one unfinished. */
  end(): readonly Frame[];
  /** Bytes taken so far. */
  readonly offset: number;
}

/**
 * Creates a decoder (RFC 9113 section 4).
 *
 * @throws RangeError when an option is out of its range.
 */
export function createFrameDecoder(options?: FrameDecoderOptions): FrameDecoder {
  return new Decoder(resolveFrameDecoderOptions(options));
}

type Mode = "preface" | "header" | "payload" | "skip" | "search" | "ended";

class Decoder implements FrameDecoder {
  readonly #options: ResolvedFrameDecoderOptions;
  #mode: Mode;
  #frames: Frame[] = [];
  /** Of the chunk being pushed. */
  #chunk = NO_BYTES as Uint8Array;
  #at = 0;
  /** Bytes taken before the chunk being pushed. */
  #before = 0;
  /** Characters of the preface seen, bytes of the frame header held, or bytes of the payload held or skipped. */
  #have = 0;
  readonly #headerBytes = new Uint8Array(FRAME_HEADER_BYTES);
  #header: FrameHeader = NO_HEADER;
  #payload: Uint8Array = NO_BYTES;
  readonly #searched: ResyncSearch;

  constructor(options: ResolvedFrameDecoderOptions) {
    this.#options = options;
    this.#searched = new ResyncSearch((bytes, start) => guessFrames(bytes, start, options.resyncFrames));
    this.#mode = options.start === "anywhere" ? "search" : options.start === "frame" ? "header" : "preface";
  }

  get offset(): number {
    return this.#before + this.#at;
  }

  push(chunk: Uint8Array): readonly Frame[] {
    this.#frames = [];
    this.#read(chunk);
    return this.#frames;
  }

  end(): readonly Frame[] {
    const unfinished = this.#mode === "payload" || this.#mode === "skip" || (this.#mode !== "search" && this.#have > 0);
    const ended = this.#mode === "ended";
    const at = this.offset;
    this.#mode = "ended";
    return unfinished && !ended ? [notFrame("truncated", at)] : [];
  }

  #read(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#at = 0;
    while (this.#at < chunk.length && this.#mode !== "ended") {
      if (this.#mode === "header") this.#readHeader();
      else if (this.#mode === "payload") this.#readPayload();
      else if (this.#mode === "skip") this.#skip();
      else if (this.#mode === "preface") this.#readPreface();
      else {
        this.#search();
        return;
      }
    }
    this.#before += chunk.length;
    this.#at = 0;
    this.#chunk = NO_BYTES;
  }

  #readPreface(): void {
    if (this.#chunk[this.#at++] !== CLIENT_PREFACE.charCodeAt(this.#have++)) {
      this.#frames.push(notFrame("bad_preface", this.offset - 1));
      this.#mode = "ended";
    } else if (this.#have === CLIENT_PREFACE.length) {
      this.#frames.push({ ...NO_HEADER, type: "PREFACE", length: CLIENT_PREFACE.length });
      this.#expectHeader();
    }
  }

  #readHeader(): void {
    const rest = this.#chunk.length - this.#at;
    if (this.#have === 0 && rest >= FRAME_HEADER_BYTES) {
      this.#startFrame(this.#chunk, this.#at);
      this.#at += FRAME_HEADER_BYTES;
    } else {
      const taken = Math.min(rest, FRAME_HEADER_BYTES - this.#have);
      this.#headerBytes.set(this.#chunk.subarray(this.#at, this.#at + taken), this.#have);
      this.#at += taken;
      this.#have += taken;
      if (this.#have < FRAME_HEADER_BYTES) return;
      this.#startFrame(this.#headerBytes, 0, FRAME_HEADER_BYTES);
    }
    // An empty payload is complete without another byte.
    if (this.#mode === "payload" && this.#header.length === 0) this.#finish(NO_BYTES);
    else if (this.#mode === "skip" && this.#header.length === 0) this.#expectHeader();
  }

  #startFrame(bytes: Uint8Array, at: number, taken = 0): void {
    const word = readUint32(bytes, at);
    this.#header = {
      typeCode: word & 0xff,
      flags: bytes[at + 4] as number,
      // The first bit is reserved and has no meaning (RFC 9113 section 4.1).
      streamId: readUint32(bytes, at + 5) & MAX_31_BITS,
      length: word >>> 8,
      offset: this.offset - taken,
    };
    this.#have = 0;
    this.#mode = this.#header.length > this.#options.maxFrameBytes ? "skip" : "payload";
    if (this.#mode === "skip") this.#frames.push(malformed(this.#header, "frame_too_large"));
  }

  #readPayload(): void {
    const { length } = this.#header;
    const taken = Math.min(this.#chunk.length - this.#at, length - this.#have);
    const part = this.#chunk.subarray(this.#at, this.#at + taken);
    this.#at += taken;
    if (taken === length) {
      this.#finish(part);
      return;
    }
    if (this.#have === 0) this.#payload = new Uint8Array(length);
    this.#payload.set(part, this.#have);
    this.#have += taken;
    if (this.#have === length) this.#finish(this.#payload);
  }

  #skip(): void {
    const taken = Math.min(this.#chunk.length - this.#at, this.#header.length - this.#have);
    this.#at += taken;
    this.#have += taken;
    if (this.#have === this.#header.length) this.#expectHeader();
  }

  #finish(payload: Uint8Array): void {
    this.#frames.push(parsePayload(this.#header, payload, this.#options.maxSettings));
    this.#expectHeader();
  }

  #expectHeader(): void {
    this.#mode = "header";
    this.#have = 0;
    this.#payload = NO_BYTES;
  }

  /** Goes on as usual from the first position that frames seem to begin at. */
  #search(): void {
    const found = this.#searched.push(this.#chunk);
    this.#before += this.#chunk.length;
    this.#at = 0;
    this.#chunk = NO_BYTES;
    if (found === undefined) return;
    this.#before -= found.length;
    this.#frames.push({ ...NO_HEADER, type: "RESYNC", offset: this.#before, skippedBytes: this.#before });
    this.#expectHeader();
    this.#read(found);
  }
}

const NO_HEADER: FrameHeader = { typeCode: -1, flags: 0, streamId: 0, length: 0, offset: 0 };

function notFrame(code: Http2ErrorCode, offset: number): Frame {
  return { ...NO_HEADER, offset, type: "MALFORMED", error: http2Error(code, offset) };
}
