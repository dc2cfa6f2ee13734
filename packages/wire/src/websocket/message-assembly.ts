import { NO_BYTES, strictUtf8 } from "../core/bytes.ts";
import { GrowingBuffer } from "../core/growing-buffer.ts";
import { OPCODE } from "./constants.ts";
import type { WebSocketErrorCode } from "./errors.ts";
import type { MessageEvent, WebSocketFrame } from "./events.ts";
import type { Inflater } from "./inflater.ts";

const RSV1 = 4;

/** A message, and what is wrong with it or with the order of its frames. */
export interface Assembled {
  readonly message: Omit<MessageEvent, "type" | "from"> | undefined;
  readonly faults: readonly WebSocketErrorCode[];
}

/** What an assembly is made with. */
export interface AssemblyOptions {
  readonly maxMessageBytes: number;
  /** Whether the first frame given is known to be the first of a message. */
  readonly seenAll: boolean;
  /** `none`: RSV1 has no meaning; `unknown`: it may have. */
  readonly inflater: Inflater | "none" | "unknown";
}

interface Open {
  readonly kind: "text" | "binary" | null;
  readonly compressed: boolean | null;
  readonly offset: number;
  frames: number;
  wireBytes: number;
}

/** Puts the data frames of one side together (RFC 6455 section 5.4): at most one message is open. */
export class MessageAssembly {
  readonly #options: AssemblyOptions;
  readonly #parts = new GrowingBuffer();
  #open: Open | undefined;
  /** The payload of a message in one frame. */
  #whole: Uint8Array = NO_BYTES;
  #tooLarge = false;
  #maySkipStart: boolean;

  constructor(options: AssemblyOptions) {
    this.#options = options;
    this.#maySkipStart = !options.seenAll;
  }

  get unfinished(): boolean {
    return this.#open !== undefined;
  }

  /** The place among the side's frames is lost: what is open can't be finished. */
  interrupt(): void {
    this.#drop();
    this.#maySkipStart = true;
    if (typeof this.#options.inflater === "object") this.#options.inflater.forget();
  }

  /** Takes the next data frame. */
  take(frame: WebSocketFrame): Assembled {
    const faults: WebSocketErrorCode[] = [];
    if (frame.opcode === OPCODE.CONTINUATION) this.#continue(frame, faults);
    else this.#start(frame, faults);
    this.#maySkipStart = false;
    const open = this.#open;
    if (open === undefined) return { message: undefined, faults };
    open.frames++;
    open.wireBytes += frame.length;
    this.#keep(frame, open);
    return { message: frame.fin ? this.#finish(open, faults) : undefined, faults };
  }

  #start(frame: WebSocketFrame, faults: WebSocketErrorCode[]): void {
    if (this.#open !== undefined) {
      faults.push("unfinished_message");
      this.#drop();
    }
    const compressed = (frame.rsv & RSV1) !== 0;
    if ((frame.rsv & ~RSV1) !== 0 || (compressed && this.#options.inflater === "none")) faults.push("rsv_set");
    const kind = frame.opcode === OPCODE.TEXT ? "text" : "binary";
    this.#open = { kind, compressed, offset: frame.offset, frames: 0, wireBytes: 0 };
  }

  #continue(frame: WebSocketFrame, faults: WebSocketErrorCode[]): void {
    if (frame.rsv !== 0) faults.push("rsv_set");
    if (this.#open !== undefined) return;
    if (!this.#maySkipStart) faults.push("unexpected_continuation");
    else this.#open = { kind: null, compressed: null, offset: frame.offset, frames: 0, wireBytes: 0 };
  }

  #keep({ payload, fin }: WebSocketFrame, open: Open): void {
    if (payload === null || open.wireBytes > this.#options.maxMessageBytes) {
      this.#tooLarge = true;
      this.#parts.release();
    }
    if (this.#tooLarge || payload === null || open.kind === null) return;
    if (fin && open.frames === 1) this.#whole = payload;
    else this.#parts.append(payload);
  }

  #finish(open: Open, faults: WebSocketErrorCode[]): Assembled["message"] {
    const isKnown = open.kind !== null && !this.#tooLarge;
    const payload = isKnown ? (open.frames === 1 ? this.#whole : this.#parts.bytes.slice()) : null;
    if (open.kind !== null && this.#tooLarge) faults.push("message_too_large");
    this.#drop();
    const data = open.compressed === true ? this.#inflate(payload, faults) : payload;
    const text = open.kind === "text" && data !== null ? strictUtf8(data) : null;
    if (text === undefined) faults.push("bad_utf8");
    return { ...open, data, text: text ?? null };
  }

  #inflate(payload: Uint8Array | null, faults: WebSocketErrorCode[]): Uint8Array | null {
    const { inflater } = this.#options;
    if (typeof inflater === "string") return null;
    if (payload === null) {
      inflater.forget();
      return null;
    }
    const result = inflater.inflate(payload);
    if (typeof result !== "string") return result;
    if (result !== "unknown") faults.push(result);
    return null;
  }

  #drop(): void {
    this.#open = undefined;
    this.#whole = NO_BYTES;
    this.#tooLarge = false;
    this.#parts.release();
  }
}
