import { GrowingBuffer } from "../core/growing-buffer.ts";
import type { ContinuationFrame, HeadersFrame, PushPromiseFrame } from "./frames.ts";

/** A header block with all its frames. */
export interface AssembledHeaders {
  readonly streamId: number;
  readonly promisedStreamId: number | undefined;
  readonly endStream: boolean;
  readonly frames: number;
  /** Holds until the next frame is taken; `undefined`: over a limit. */
  readonly encoded: Uint8Array | undefined;
}

/** Puts the fragments of one side's header blocks together (RFC 9113 section 4.3): at most one block is open. */
export class HeaderAssembly {
  readonly #maxBytes: number;
  readonly #maxContinuations: number;
  readonly #fragments = new GrowingBuffer();
  #first: HeadersFrame | PushPromiseFrame | undefined;
  #frames = 0;
  #overLimit = false;

  constructor(limits: { readonly maxHeaderBlockBytes: number; readonly maxContinuations: number }) {
    this.#maxBytes = limits.maxHeaderBlockBytes;
    this.#maxContinuations = limits.maxContinuations;
  }

  /** The stream whose block is open, or `undefined`. */
  get openStreamId(): number | undefined {
    return this.#first?.streamId;
  }

  /** Takes a block's first frame; returns the block when that is all of it. */
  start(frame: HeadersFrame | PushPromiseFrame): AssembledHeaders | undefined {
    this.#first = frame;
    this.#frames = 1;
    this.#overLimit = frame.fragment.length > this.#maxBytes;
    if (frame.endHeaders) return this.#finish(frame.fragment);
    if (!this.#overLimit) this.#fragments.append(frame.fragment);
    return undefined;
  }

  /** Takes a frame that continues the open block; returns the block when this is its last. */
  continue(frame: ContinuationFrame): AssembledHeaders | undefined {
    this.#frames++;
    this.#overLimit ||=
      this.#frames - 1 > this.#maxContinuations || this.#fragments.length + frame.fragment.length > this.#maxBytes;
    if (this.#overLimit) this.#fragments.release();
    else this.#fragments.append(frame.fragment);
    return frame.endHeaders ? this.#finish(this.#fragments.bytes) : undefined;
  }

  /** Gives the open block up. */
  abandon(): void {
    this.#first = undefined;
    this.#fragments.release();
  }

  #finish(encoded: Uint8Array): AssembledHeaders {
    const first = this.#first as HeadersFrame | PushPromiseFrame;
    this.#first = undefined;
    this.#fragments.clear();
    return {
      streamId: first.streamId,
      promisedStreamId: first.type === "PUSH_PROMISE" ? first.promisedStreamId : undefined,
      endStream: first.type === "HEADERS" && first.endStream,
      frames: this.#frames,
      encoded: this.#overLimit ? undefined : encoded,
    };
  }
}
