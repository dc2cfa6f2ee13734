import { NO_BYTES } from "../../core/bytes.ts";
import { headerValue } from "../../core/header-list.ts";
import type { Side } from "../../core/side.ts";
import { createHttp1Connection, type Http1Event, type ResponseEvent } from "../../http1/index.ts";
import type { Striker } from "../active-fault.ts";
import type { Editor, EditorOptions, Output } from "../editor.ts";
import { isEventStream, sseBufferBytes } from "../event-stream.ts";
import type { BufferSseFault, CutReplyFault, Fault } from "../fault.ts";
import { createPongFilter, type PongFilter } from "./pongs.ts";

/** Paths of requests that are remembered for their replies; as many as the decoder matches. */
const MAX_PATHS = 1024;

/** Creates the editor of an HTTP/1.1 connection that is seen from its first byte. */
export function createHttp1Editor(options: EditorOptions): Editor {
  return new Http1Editor(options);
}

/** The body of an event stream that is gathered. */
interface Gathering {
  readonly striker: Striker<BufferSseFault>;
  readonly most: number;
  parts: Uint8Array[];
  bytes: number;
}

class Http1Editor implements Editor {
  readonly #options: EditorOptions;
  readonly #view = createHttp1Connection();
  readonly #strikers = new Set<Striker>();
  readonly #paths = new Map<number, string>();
  /** The beginning of a reply's head that a fault may want to keep from the client, and what follows it. */
  #head: Uint8Array = NO_BYTES;
  /** Bytes of the server that went on or are gathered. */
  #offset = 0;
  /** Where the reply that has not ended began. */
  #replyAt: number | undefined;
  #gathering: Gathering | undefined;
  /** Once the connection is a WebSocket. */
  #pongs: PongFilter | undefined;
  #out: Output[] = [];

  constructor(options: EditorOptions) {
    this.#options = options;
  }

  push(from: Side, chunk: Uint8Array): readonly Output[] {
    this.#out = [];
    if (this.#pongs !== undefined) {
      this.#send(from, this.#pongs.push(from, chunk));
      return this.#out;
    }
    const events = this.#view.push(from, chunk);
    if (from === "server") this.#reply(chunk, events);
    else {
      for (const event of events) if (event.type === "request") this.#remember(event.exchange, event.target);
      this.#send(from, chunk);
    }
    return this.#out;
  }

  end(from: Side): readonly Output[] {
    this.#out = [];
    if (from === "server") {
      this.#release();
      this.#pass(this.#head);
      this.#head = NO_BYTES;
    }
    this.#view.end(from);
    if (this.#pongs !== undefined) this.#send(from, this.#pongs.end(from));
    return this.#out;
  }

  add(striker: Striker): readonly Output[] {
    const { kind } = striker.fault;
    if (kind === "cut-reply" || kind === "buffer-sse" || kind === "swallow-pongs") this.#strikers.add(striker);
    return [];
  }

  remove(striker: Striker): readonly Output[] {
    this.#out = [];
    this.#strikers.delete(striker);
    if (this.#gathering?.striker === striker) this.#endGathering();
    if (striker.fault.kind === "cut-reply") {
      this.#pass(this.#head);
      this.#head = NO_BYTES;
    }
    return this.#out;
  }

  heldBytes(from: Side): number {
    const ofServer = this.#head.length + (this.#gathering?.bytes ?? 0);
    return (this.#pongs?.heldBytes(from) ?? 0) + (from === "server" ? ofServer : 0);
  }

  #remember(exchange: number, path: string): void {
    this.#paths.set(exchange, path);
    this.#paths.delete(exchange - MAX_PATHS);
  }

  #reply(chunk: Uint8Array, events: readonly Http1Event[]): void {
    let rest = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
    this.#head = NO_BYTES;
    const passTo = (end: number): void => {
      const count = end - this.#offset;
      this.#pass(rest.subarray(0, count));
      rest = rest.subarray(count);
    };
    for (const event of events) {
      if (event.type === "response") {
        passTo(Math.max(event.offset, this.#offset));
        if (this.#cuts(event)) return;
        passTo(event.offset + event.headBytes);
        this.#replyAt = event.offset;
        this.#gathering = this.#gather(event);
      } else if (event.type === "end" && this.#replyAt !== undefined) {
        passTo(this.#replyAt + event.wireBytes);
        this.#replyAt = undefined;
        this.#endGathering();
      } else if (event.type === "switch" && event.protocol === "websocket") {
        this.#pongs = createPongFilter({ connection: this.#options.connection, strikers: this.#strikers });
        this.#send("server", this.#pongs.push("server", rest));
        return;
      }
    }
    const mayBeCut = this.#replyAt === undefined && this.#has("cut-reply") && rest.length < this.#options.maxHeldBytes;
    if (mayBeCut) this.#head = rest;
    else this.#pass(rest);
  }

  /** Whether a fault ends the connection here, in place of this reply. */
  #cuts(event: ResponseEvent): boolean {
    if (event.informational) return false;
    const striker = this.#striker("cut-reply", event) as Striker<CutReplyFault> | undefined;
    if (striker?.strike(1) !== true) return false;
    this.#out.push({ cut: striker });
    return true;
  }

  #gather(event: ResponseEvent): Gathering | undefined {
    if (!isEventStream(headerValue(event.fields, "content-type"))) return undefined;
    const striker = this.#striker("buffer-sse", event) as Striker<BufferSseFault> | undefined;
    if (striker?.strike() !== true) return undefined;
    return { striker, most: sseBufferBytes(striker.fault, this.#options), parts: [], bytes: 0 };
  }

  #has(kind: Fault["kind"]): boolean {
    for (const { fault } of this.#strikers) if (fault.kind === kind) return true;
    return false;
  }

  #striker(kind: "buffer-sse" | "cut-reply", { exchange }: ResponseEvent): Striker | undefined {
    const path = this.#paths.get(exchange ?? -1) ?? "";
    for (const striker of this.#strikers) {
      const { fault } = striker;
      if (fault.kind === kind && path.includes(fault.path ?? "")) return striker;
    }
    return undefined;
  }

  /** Lets bytes of the server go on, or gathers them. */
  #pass(bytes: Uint8Array): void {
    this.#offset += bytes.length;
    const gathering = this.#gathering;
    if (gathering === undefined) {
      this.#send("server", bytes);
      return;
    }
    if (bytes.length === 0) return;
    gathering.parts.push(bytes);
    gathering.bytes += bytes.length;
    this.#note(gathering.striker, "held", bytes.length);
    if (gathering.bytes >= gathering.most) this.#release();
  }

  #endGathering(): void {
    this.#release();
    this.#gathering = undefined;
  }

  #release(): void {
    const gathering = this.#gathering;
    if (gathering === undefined || gathering.bytes === 0) return;
    for (const part of gathering.parts) this.#send("server", part);
    this.#note(gathering.striker, "released", gathering.bytes);
    gathering.parts = [];
    gathering.bytes = 0;
  }

  #note(striker: Striker, what: "held" | "released", bytes: number): void {
    striker.note({ connection: this.#options.connection, direction: "down", stream: null, what, bytes });
  }

  #send(from: Side, bytes: Uint8Array): void {
    if (bytes.length > 0) this.#out.push({ from, bytes });
  }
}
