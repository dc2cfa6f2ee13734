import { strictUtf8, utf8 } from "../core/bytes.ts";
import type { Side } from "../core/side.ts";
import { isCloseCode, isControl } from "./constants.ts";
import { FrameDecoder } from "./decoder.ts";
import { type WebSocketErrorCode, webSocketError } from "./errors.ts";
import type { ErrorEvent, WebSocketEvent, WebSocketFrame } from "./events.ts";
import { createInflater, type Inflater } from "./inflater.ts";
import { MessageAssembly } from "./message-assembly.ts";
import {
  type ResolvedWebSocketConnectionOptions,
  resolveWebSocketConnectionOptions,
  type WebSocketConnectionOptions,
} from "./options.ts";

/** Both sides of one WebSocket behind its handshake, seen by someone in the middle. */
export interface WebSocketConnection {
  /**
   * Takes the next bytes that one side sent, cut anywhere; the cuts make no difference to the events. Never throws:
   * faults are events, and decoding goes on behind them. Events may hold views of `chunk`.
   */
  push(from: Side, chunk: Uint8Array): readonly WebSocketEvent[];
  /** One side has ended its bytes. */
  end(from: Side): readonly WebSocketEvent[];
}

/**
 * Creates the view of one connection (RFC 6455).
 *
 * @throws RangeError when an option is out of its range.
 */
export function createWebSocketConnection(options?: WebSocketConnectionOptions): WebSocketConnection {
  const resolved = resolveWebSocketConnectionOptions(options);
  const sides = { client: new Direction("client", resolved), server: new Direction("server", resolved) };
  return {
    push: (from, chunk) => sides[from].push(chunk),
    end: (from) => sides[from].end(),
  };
}

class Direction {
  readonly #from: Side;
  readonly #frames: FrameDecoder;
  readonly #assembly: MessageAssembly;
  #closed = false;

  constructor(from: Side, options: ResolvedWebSocketConnectionOptions) {
    this.#from = from;
    this.#frames = new FrameDecoder(from, options);
    const { maxMessageBytes } = options;
    const seenAll = options.join === "start";
    this.#assembly = new MessageAssembly({ maxMessageBytes, seenAll, inflater: inflaterOf(from, options) });
  }

  push(chunk: Uint8Array): readonly WebSocketEvent[] {
    const events: WebSocketEvent[] = [];
    for (const event of this.#frames.push(chunk)) {
      events.push(event);
      if (event.type === "frame") this.#frame(event.frame, events);
      else if (event.type === "resync") this.#assembly.interrupt();
    }
    return events;
  }

  end(): readonly WebSocketEvent[] {
    const events: WebSocketEvent[] = [];
    const isCut = this.#frames.unfinished || this.#assembly.unfinished;
    if (isCut) events.push(this.#fault("truncated", this.#frames.offset));
    events.push({ type: "end", from: this.#from, closed: this.#closed });
    return events;
  }

  #frame(frame: WebSocketFrame, events: WebSocketEvent[]): void {
    if (this.#closed) events.push(this.#fault("after_close", frame.offset));
    if (isControl(frame.opcode)) this.#control(frame, events);
    else if (frame.name !== "reserved") {
      const { message, faults } = this.#assembly.take(frame);
      if (message !== undefined) events.push({ type: "message", from: this.#from, ...message });
      for (const code of faults) events.push(this.#fault(code, frame.offset));
    }
  }

  #control(frame: WebSocketFrame, events: WebSocketEvent[]): void {
    if (frame.rsv !== 0) events.push(this.#fault("rsv_set", frame.offset));
    if (frame.name !== "close" || frame.payload === null) return;
    this.#closed = true;
    const { payload, offset } = frame;
    const code = payload.length < 2 ? null : ((payload[0] as number) << 8) | (payload[1] as number);
    const text = payload.subarray(2);
    events.push({ type: "close", from: this.#from, code, reason: utf8(text) });
    if (payload.length === 1) events.push(this.#fault("bad_close", offset));
    if (code !== null && !isCloseCode(code)) events.push(this.#fault("bad_close_code", offset));
    if (strictUtf8(text) === undefined) events.push(this.#fault("bad_utf8", offset));
  }

  #fault(code: WebSocketErrorCode, offset: number): ErrorEvent {
    return { type: "error", from: this.#from, error: webSocketError(code, offset) };
  }
}

function inflaterOf(from: Side, options: ResolvedWebSocketConnectionOptions): Inflater | "none" | "unknown" {
  const { deflate, join, maxMessageBytes: maxBytes } = options;
  if (typeof deflate === "string") return deflate;
  const isReset = from === "client" ? deflate.clientNoContextTakeover : deflate.serverNoContextTakeover;
  return createInflater({ contextTakeover: !isReset, seenAll: join === "start", maxBytes });
}
