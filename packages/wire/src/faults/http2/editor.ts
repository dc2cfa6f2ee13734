import { headerValue } from "../../core/header-list.ts";
import { otherSide, type Side } from "../../core/side.ts";
import { createHpackEncoder, type HpackEncoder } from "../../hpack/index.ts";
import {
  createFrameEncoder,
  createHttp2Connection,
  ERROR_CODES,
  FRAME_HEADER_BYTES,
  type FrameEncoder,
  type HeadersEvent,
} from "../../http2/index.ts";
import type { Striker } from "../active-fault.ts";
import type { Editor, EditorOptions, Output } from "../editor.ts";
import type { CutReplyFault } from "../fault.ts";
import { flowControlled, type Http2Call, type Http2Desk, type Http2Rule } from "./rule.ts";
import { createHttp2Rule } from "./rules.ts";
import { type Unit, UnitReader } from "./units.ts";

/** Creates the editor of an HTTP/2 connection that is seen from its first byte. */
export function createHttp2Editor(options: EditorOptions): Editor {
  return new Http2Editor(options);
}

const WINDOW_UPDATE_BYTES = FRAME_HEADER_BYTES + 4;
const RST_STREAM_BYTES = FRAME_HEADER_BYTES + 4;
/** Streams under way, and streams that were reset here, that are remembered: as many as the view follows. */
const MAX_STREAMS = 1024;
const CANCEL = ERROR_CODES.indexOf("CANCEL");

interface LostOrPutIn {
  readonly from: Side;
  readonly streamId: number;
  readonly what: "dropped" | "injected";
  readonly bytes: number;
}

class Http2Editor implements Editor, Http2Desk {
  readonly connection: number;
  readonly maxHeldBytes: number;
  lastStreamId = 0;
  readonly calls = new Map<number, Http2Call>();
  readonly #view = createHttp2Connection();
  readonly #readers: Readonly<Record<Side, UnitReader>>;
  readonly #rules = new Map<Striker, Http2Rule>();
  /** Writes the header blocks of a side from the moment on that one did not go on in its turn. */
  readonly #encoders: Partial<Record<Side, HpackEncoder>> = {};
  /** Streams that were reset here, with the fault that did it. */
  readonly #dead = new Map<number, Striker>();
  #refused: { readonly striker: Striker; readonly above: number } | undefined;
  #out: Output[] = [];

  constructor({ connection, maxHeldBytes }: EditorOptions) {
    this.connection = connection;
    this.maxHeldBytes = maxHeldBytes;
    this.#readers = { client: new UnitReader("client", maxHeldBytes), server: new UnitReader("server", maxHeldBytes) };
  }

  push(from: Side, chunk: Uint8Array): readonly Output[] {
    const events = this.#view.push(from, chunk);
    for (const unit of this.#readers[from].push(chunk, events)) this.#take(unit);
    for (const event of events) {
      if (event.type === "stream" && event.state === "closed") this.calls.delete(event.streamId);
    }
    return this.#flush();
  }

  end(from: Side): readonly Output[] {
    for (const unit of this.#readers[from].end()) this.pass(unit);
    return this.#flush();
  }

  add(striker: Striker): readonly Output[] {
    const rule = createHttp2Rule(striker, this);
    if (rule !== undefined) {
      this.#rules.set(striker, rule);
      for (const call of this.calls.values()) rule.begin?.(call, true);
    }
    return this.#flush();
  }

  remove(striker: Striker): readonly Output[] {
    const rule = this.#rules.get(striker);
    this.#rules.delete(striker);
    rule?.lift?.();
    return this.#flush();
  }

  heldBytes(from: Side): number {
    let bytes = this.#readers[from].heldBytes;
    for (const rule of this.#rules.values()) bytes += rule.heldBytes?.(from) ?? 0;
    return bytes;
  }

  pass({ from, frame, raw, headers }: Unit): void {
    const encoder = this.#encoders[from];
    const fields = headers?.block?.error === null ? headers.block.fields : undefined;
    if (encoder === undefined || headers === undefined || fields === undefined) {
      this.#send(from, raw);
      return;
    }
    const known = fields.map(({ name, value, representation }) => ({
      name: name ?? "",
      value: value ?? "",
      representation: representation === "never" ? ("never" as const) : ("plain" as const),
    }));
    const block = new Uint8Array(encoder.maxEncodedBytes(known));
    const encoded = block.subarray(0, encoder.encode(known, block, 0));
    // Each further frame has room for 16 KiB; the least that every receiver takes.
    this.write(from, encoded.length + FRAME_HEADER_BYTES * (2 + (encoded.length >> 14)), (frames) => {
      if (frame?.type === "PUSH_PROMISE") frames.pushPromise(frame.streamId, frame.promisedStreamId, encoded);
      else frames.headers(headers.streamId, encoded, headers.endStream);
    });
  }

  write(from: Side, room: number, writeFrames: (frames: FrameEncoder) => void): void {
    const target = new Uint8Array(room);
    const frames = createFrameEncoder(target);
    writeFrames(frames);
    this.#send(from, target.subarray(0, frames.length));
  }

  credit(to: Side, bytes: number, streamId?: number): void {
    if (bytes === 0) return;
    this.write(otherSide(to), 2 * WINDOW_UPDATE_BYTES, (frames) => {
      frames.windowUpdate(0, bytes);
      if (streamId !== undefined) frames.windowUpdate(streamId, bytes);
    });
  }

  kill(striker: Striker, streamId: number, errorCode: number): void {
    this.write("server", RST_STREAM_BYTES, (frames) => frames.rstStream(streamId, errorCode));
    this.write("client", RST_STREAM_BYTES, (frames) => frames.rstStream(streamId, CANCEL));
    remember(this.#dead, streamId, striker);
    this.calls.delete(streamId);
    this.#note(striker, { from: "server", streamId, what: "injected", bytes: RST_STREAM_BYTES });
    this.#note(striker, { from: "client", streamId, what: "injected", bytes: RST_STREAM_BYTES });
  }

  refuseAbove(striker: Striker, above: number): void {
    this.#refused ??= { striker, above };
  }

  cut(striker: Striker<CutReplyFault>): void {
    this.#out.push({ cut: striker });
  }

  #take(unit: Unit): void {
    if (this.#lose(unit)) return;
    if (unit.headers?.kind === "request") this.#begin(unit.headers);
    for (const rule of this.#rules.values()) {
      if (rule.take?.(unit) !== true) continue;
      if (unit.headers !== undefined) this.#takeOver(unit.from);
      return;
    }
    this.pass(unit);
    for (const rule of this.#rules.values()) rule.passed?.(unit);
  }

  #begin({ streamId, block }: HeadersEvent): void {
    const fields = block?.fields ?? [];
    const path = headerValue(fields, ":path") ?? "";
    const call = { streamId, path, contentType: headerValue(fields, "content-type") ?? "" };
    remember(this.calls, streamId, call);
    this.lastStreamId = Math.max(this.lastStreamId, streamId);
    for (const rule of this.#rules.values()) rule.begin?.(call, false);
  }

  /** What comes on a stream that was reset or refused here is lost. */
  #lose(unit: Unit): boolean {
    const { from, frame, headers, raw } = unit;
    const streamId = frame?.streamId ?? 0;
    const isCall = from === "client" && streamId % 2 === 1;
    const isRefused = this.#refused !== undefined && isCall && streamId > this.#refused.above;
    const striker = isRefused ? this.#refused?.striker : this.#dead.get(streamId);
    if (striker === undefined) return false;
    if (headers !== undefined) this.#takeOver(from);
    this.credit(from, flowControlled(unit));
    this.#note(striker, { from, streamId, what: "dropped", bytes: raw.length });
    return true;
  }

  /** The receiver's table misses a block from now on: the blocks to come must not build on it. */
  #takeOver(from: Side): void {
    this.#encoders[from] ??= createHpackEncoder({ maxTableBytes: 0 });
  }

  #note(striker: Striker, { from, streamId, ...event }: LostOrPutIn): void {
    const direction = from === "client" ? "up" : "down";
    striker.note({ connection: this.connection, direction, stream: streamId, ...event });
  }

  /** Joins what is one piece of memory: a chunk whose units all go on is one write again. */
  #send(from: Side, bytes: Uint8Array): void {
    const last = this.#out.at(-1);
    const end = last === undefined || "cut" in last ? -1 : last.bytes.byteOffset + last.bytes.length;
    if (
      last !== undefined &&
      !("cut" in last) &&
      last.from === from &&
      last.bytes.buffer === bytes.buffer &&
      end === bytes.byteOffset
    ) {
      const joined = new Uint8Array(bytes.buffer, last.bytes.byteOffset, last.bytes.length + bytes.length);
      this.#out[this.#out.length - 1] = { from, bytes: joined };
    } else if (bytes.length > 0) this.#out.push({ from, bytes });
  }

  #flush(): readonly Output[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }
}

/** The oldest is forgotten for it where there are too many. */
function remember<T>(streams: Map<number, T>, streamId: number, value: T): void {
  streams.set(streamId, value);
  const [oldest] = streams.keys();
  if (streams.size > MAX_STREAMS && oldest !== undefined) streams.delete(oldest);
}
