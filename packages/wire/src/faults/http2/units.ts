import type { Side } from "../../core/side.ts";
import {
  CLIENT_PREFACE,
  FRAME_HEADER_BYTES,
  type Frame,
  type HeadersEvent,
  type Http2Event,
} from "../../http2/index.ts";
import { Cutter } from "../cutter.ts";

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

/** Cuts one side's bytes into units, by what the view of the connection made of them. */
export class UnitReader {
  readonly #from: Side;
  readonly #maxBlockBytes: number;
  readonly #cutter = new Cutter();
  #units: Unit[] = [];
  /** A header block that has not ended. */
  #block: { readonly frame: Frame; readonly parts: Uint8Array[]; bytes: number } | undefined;
  /** The decoder has given up: everything goes on as it comes. */
  #isLost = false;

  constructor(from: Side, maxBlockBytes: number) {
    this.#from = from;
    this.#maxBlockBytes = maxBlockBytes;
  }

  /** Bytes that wait for the rest of their unit. */
  get heldBytes(): number {
    return this.#cutter.heldBytes + (this.#block?.bytes ?? 0);
  }

  /** Takes a chunk and the events that it brought about. */
  push(chunk: Uint8Array, events: readonly Http2Event[]): readonly Unit[] {
    this.#units = [];
    this.#add(this.#cutter.push(chunk));
    for (const event of events) {
      if (this.#isLost) break;
      if (event.type === "headers") this.#endBlock(event);
      if (event.type === "frame") this.#frame(event.frame);
    }
    if (this.#isLost) this.#add(this.#cutter.takeAll());
    return this.#units;
  }

  /** The side has ended: what waits will not be completed. */
  end(): readonly Unit[] {
    this.#units = [];
    this.#flushBlock();
    this.#add(this.#cutter.takeAll());
    return this.#units;
  }

  #add(raw: Uint8Array, frame?: Frame, headers?: HeadersEvent): void {
    if (raw.length > 0) this.#units.push({ from: this.#from, frame, raw, headers });
  }

  #frame(frame: Frame): void {
    if (frame.type === "MALFORMED" && frame.typeCode < 0) {
      this.#flushBlock();
      this.#isLost = true;
      return;
    }
    const raw = this.#cutter.takeTo(endOf(frame));
    if (frame.type === "CONTINUATION" && this.#block !== undefined) {
      this.#block.parts.push(raw);
      this.#block.bytes += raw.length;
      this.#isLost = this.#block.bytes > this.#maxBlockBytes;
      if (this.#isLost) this.#flushBlock();
      return;
    }
    this.#flushBlock();
    if (frame.type === "HEADERS" || frame.type === "PUSH_PROMISE") {
      this.#block = { frame, parts: [raw], bytes: raw.length };
    } else this.#add(raw, frame);
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

/** Where a frame ends, in bytes from the start of its side. */
function endOf(frame: Frame): number {
  return frame.type === "PREFACE" ? CLIENT_PREFACE.length : frame.offset + FRAME_HEADER_BYTES + frame.length;
}
