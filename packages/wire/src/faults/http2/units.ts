import { NO_BYTES } from "../../core/bytes.ts";
import type { Side } from "../../core/side.ts";
import {
  CLIENT_PREFACE,
  FRAME_HEADER_BYTES,
  type Frame,
  type HeadersEvent,
  type Http2Event,
} from "../../http2/index.ts";

/** What goes on, is held or is lost as a whole: a frame, or a header block in all its frames. */
export interface Unit {
  readonly from: Side;
  /** The first of its frames; `undefined`: bytes that are no frame, or part of one that is too large to be held. */
  readonly frame: Frame | undefined;
  /** All of it, as it came. */
  readonly raw: Uint8Array;
  /** What a header block says. */
  readonly headers: HeadersEvent | undefined;
}

/** Cuts one side's bytes into units, by what the view of the connection made of them. Nothing is lost or added. */
export class UnitReader {
  readonly #from: Side;
  readonly #maxBlockBytes: number;
  #units: Unit[] = [];
  /** Bytes behind the last whole frame, and their offset. */
  #rest: Uint8Array = NO_BYTES;
  #restAt = 0;
  /** A header block that has not ended. */
  #block: { readonly frame: Frame; readonly parts: Uint8Array[]; bytes: number } | undefined;
  /** The end of a frame that the decoder would not hold: its bytes go on as they come. */
  #passTo = 0;
  /** The decoder has given up: everything goes on as it comes. */
  #isLost = false;

  constructor(from: Side, maxBlockBytes: number) {
    this.#from = from;
    this.#maxBlockBytes = maxBlockBytes;
  }

  /** Bytes that wait for the rest of their unit. */
  get heldBytes(): number {
    return this.#rest.length + (this.#block?.bytes ?? 0);
  }

  /** Takes a chunk and the events that it brought about. */
  push(chunk: Uint8Array, events: readonly Http2Event[]): readonly Unit[] {
    this.#units = [];
    const all = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = Math.min(Math.max(this.#passTo - this.#restAt, 0), all.length);
    if (at > 0) this.#add(all.subarray(0, at));
    for (const event of events) {
      if (this.#isLost) break;
      if (event.type === "headers") this.#endBlock(event);
      if (event.type !== "frame") continue;
      const end = endOf(event.frame);
      const to = Math.min(end - this.#restAt, all.length);
      this.#frame(event.frame, all.subarray(at, to));
      at = to;
      if (end > this.#restAt + to) this.#passTo = end;
    }
    if (this.#isLost && at < all.length) {
      this.#add(all.subarray(at));
      at = all.length;
    }
    this.#restAt += at;
    this.#rest = all.subarray(at);
    return this.#units;
  }

  /** The side has ended: what waits will not be completed. */
  end(): readonly Unit[] {
    this.#units = [];
    this.#flushBlock();
    if (this.#rest.length > 0) this.#add(this.#rest);
    this.#rest = NO_BYTES;
    return this.#units;
  }

  #add(raw: Uint8Array, frame?: Frame, headers?: HeadersEvent): void {
    this.#units.push({ from: this.#from, frame, raw, headers });
  }

  #frame(frame: Frame, raw: Uint8Array): void {
    if (frame.type === "CONTINUATION" && this.#block !== undefined) {
      this.#block.parts.push(raw);
      this.#block.bytes += raw.length;
      if (this.#block.bytes <= this.#maxBlockBytes) return;
      this.#isLost = true;
    }
    this.#flushBlock();
    if (frame.type === "MALFORMED" && frame.typeCode < 0) this.#isLost = true;
    else if (frame.type === "HEADERS" || frame.type === "PUSH_PROMISE") {
      this.#block = { frame, parts: [raw], bytes: raw.length };
    } else if (frame.type !== "CONTINUATION" || !this.#isLost) this.#add(raw, frame);
  }

  #endBlock(headers: HeadersEvent): void {
    if (this.#block === undefined) return;
    const { frame, parts } = this.#block;
    this.#block = undefined;
    this.#add(parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts), frame, headers);
  }

  /** A block that another frame interrupted, or the end of the connection: its frames go on as they are. */
  #flushBlock(): void {
    for (const raw of this.#block?.parts ?? []) this.#add(raw);
    this.#block = undefined;
  }
}

/** Where a frame ends, in bytes from the start of its side. A loss of the decoder takes up nothing. */
function endOf(frame: Frame): number {
  if (frame.type === "PREFACE") return CLIENT_PREFACE.length;
  return frame.typeCode < 0 ? 0 : frame.offset + FRAME_HEADER_BYTES + frame.length;
}
