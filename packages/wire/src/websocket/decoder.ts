import { NO_BYTES } from "../core/bytes.ts";
import { ResyncSearch } from "../core/resync-search.ts";
import type { Side } from "../core/side.ts";
import { isControl, MAX_CONTROL_BYTES, opcodeName } from "./constants.ts";
import { type WebSocketErrorCode, webSocketError } from "./errors.ts";
import type { ErrorEvent, FrameEvent, ResyncEvent, WebSocketFrame } from "./events.ts";
import type { ResolvedWebSocketConnectionOptions } from "./options.ts";
import { guessFrames, lengthAt } from "./resync.ts";

const MAX_HEADER_BYTES = 14;

/** Cuts one side's bytes into frames (RFC 6455 section 5.2). It knows no state beyond the frame that it is in. */
export class FrameDecoder {
  readonly #from: Side;
  readonly #options: ResolvedWebSocketConnectionOptions;
  #events: (ErrorEvent | FrameEvent | ResyncEvent)[] = [];
  #search: ResyncSearch | undefined;
  /** Bytes taken so far. */
  #offset = 0;
  /** Where the search began. */
  #lostAt = 0;
  readonly #header = new Uint8Array(MAX_HEADER_BYTES);
  #headerHave = 0;
  #headerBytes = 2;
  #length = 0;
  #payload: Uint8Array | null = null;
  #payloadHave = 0;

  constructor(from: Side, options: ResolvedWebSocketConnectionOptions) {
    this.#from = from;
    this.#options = options;
    if (options.join === "middle") this.#lose();
  }

  push(chunk: Uint8Array): readonly (ErrorEvent | FrameEvent | ResyncEvent)[] {
    this.#events = [];
    this.#read(chunk);
    return this.#events;
  }

  /** Whether the bytes so far end inside a frame. */
  get unfinished(): boolean {
    return this.#search === undefined && this.#headerHave > 0;
  }

  get offset(): number {
    return this.#offset;
  }

  #read(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      const taken = this.#search === undefined ? this.#step(chunk, at) : this.#find(this.#search, chunk.subarray(at));
      at += taken;
    }
  }

  #find(search: ResyncSearch, rest: Uint8Array): number {
    const found = search.push(rest);
    this.#offset += rest.length;
    if (found === undefined) return rest.length;
    this.#offset -= found.length;
    const offset = this.#offset;
    this.#events.push({ type: "resync", from: this.#from, offset, skippedBytes: offset - this.#lostAt });
    this.#search = undefined;
    this.#read(found);
    return rest.length;
  }

  #step(chunk: Uint8Array, at: number): number {
    const taken =
      this.#headerHave < this.#headerBytes ? this.#takeHeader(chunk, at) : this.#takePayload(chunk.subarray(at));
    this.#offset += taken;
    const isOver = this.#headerHave === this.#headerBytes && this.#payloadHave === this.#length;
    if (isOver && this.#search === undefined) this.#finish();
    return taken;
  }

  /** The second byte says how long the header is. */
  #takeHeader(chunk: Uint8Array, at: number): number {
    const part = chunk.subarray(at, at + this.#headerBytes - this.#headerHave);
    this.#header.set(part, this.#headerHave);
    this.#headerHave += part.length;
    const second = this.#header[1] as number;
    const lengthBytes = (second & 0x7f) === 126 ? 2 : (second & 0x7f) === 127 ? 8 : 0;
    if (this.#headerHave === 2) this.#headerBytes = 2 + lengthBytes + ((second & 0x80) === 0 ? 0 : 4);
    if (this.#headerHave < this.#headerBytes) return part.length;
    this.#length = lengthBytes === 0 ? second & 0x7f : lengthAt(this.#header, 2, lengthBytes);
    const end = this.#offset + part.length;
    if (!Number.isSafeInteger(this.#length)) {
      this.#fail("bad_length", end - this.#headerBytes);
      this.#lose(end);
    }
    return part.length;
  }

  #takePayload(rest: Uint8Array): number {
    const part = rest.subarray(0, this.#length - this.#payloadHave);
    const isMasked = ((this.#header[1] as number) & 0x80) !== 0;
    if (this.#length <= this.#options.maxFrameBytes) {
      if (part.length === this.#length && !isMasked) this.#payload = part;
      else {
        this.#payload ??= new Uint8Array(this.#length);
        if (isMasked) this.#unmask(part, this.#payload);
        else this.#payload.set(part, this.#payloadHave);
      }
    }
    this.#payloadHave += part.length;
    return part.length;
  }

  /** RFC 6455 section 5.3. */
  #unmask(part: Uint8Array, target: Uint8Array): void {
    const header = this.#header;
    const keyAt = this.#headerBytes - 4;
    let position = this.#payloadHave;
    for (let i = 0; i < part.length; i++, position++) {
      target[position] = (part[i] as number) ^ (header[keyAt + (position & 3)] as number);
    }
  }

  #finish(): void {
    const [first, second] = this.#header as unknown as [number, number];
    const opcode = first & 0x0f;
    const length = this.#length;
    const isTooLarge = length > this.#options.maxFrameBytes;
    const frame: WebSocketFrame = {
      opcode,
      name: opcodeName(opcode),
      fin: (first & 0x80) !== 0,
      rsv: (first >>> 4) & 7,
      masked: (second & 0x80) !== 0,
      length,
      headerBytes: this.#headerBytes,
      offset: this.#offset - this.#headerBytes - length,
      payload: isTooLarge ? null : (this.#payload ?? NO_BYTES),
    };
    this.#headerHave = 0;
    this.#headerBytes = 2;
    this.#length = 0;
    this.#payload = null;
    this.#payloadHave = 0;
    this.#events.push({ type: "frame", from: this.#from, frame });
    if (isTooLarge) this.#fail("frame_too_large", frame.offset);
    this.#check(frame, second & 0x7f);
  }

  #check(frame: WebSocketFrame, shortLength: number): void {
    const { masked, name, opcode, length, fin, offset } = frame;
    if (masked !== (this.#from === "client")) this.#fail(masked ? "masked" : "not_masked", offset);
    if (name === "reserved") this.#fail("bad_opcode", offset);
    if (isControl(opcode) && length > MAX_CONTROL_BYTES) this.#fail("control_too_long", offset);
    if (isControl(opcode) && !fin) this.#fail("control_fragmented", offset);
    if ((shortLength === 126 && length < 126) || (shortLength === 127 && length <= 0xffff)) {
      this.#fail("long_length", offset);
    }
  }

  #lose(at = 0): void {
    const run = { side: this.#from, count: this.#options.resyncFrames };
    this.#search = new ResyncSearch((bytes, start) => guessFrames(bytes, start, run));
    this.#lostAt = at;
    this.#headerHave = 0;
    this.#headerBytes = 2;
    this.#length = 0;
  }

  #fail(code: WebSocketErrorCode, offset: number): void {
    this.#events.push({ type: "error", from: this.#from, error: webSocketError(code, offset) });
  }
}
