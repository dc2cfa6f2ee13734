import { headerValue } from "../../core/header-list.ts";
import { otherSide, type Side } from "../../core/side.ts";
import { createHpackEncoder, type HpackEncoder } from "../../hpack/index.ts";
import { createFrameEncoder, createHttp2Connection, FRAME_HEADER_BYTES, type FrameEncoder } from "../../http2/index.ts";
import type { Striker } from "../active-fault.ts";
import type { Editor, Output } from "../editor.ts";
import type { Http2Call, Http2Desk, Http2Rule } from "./rule.ts";
import { createHttp2Rule } from "./rules.ts";
import { type Unit, UnitReader } from "./units.ts";

/** What an editor is told. */
export interface EditorOptions {
  readonly connection: number;
  /** Bounds what waits for the rest of a header block. */
  readonly maxHeldBytes: number;
}

/** Creates the editor of an HTTP/2 connection that is seen from its first byte. */
export function createHttp2Editor(options: EditorOptions): Editor {
  return new Http2Editor(options);
}

class Http2Editor implements Editor, Http2Desk {
  readonly connection: number;
  readonly calls = new Map<number, Http2Call>();
  readonly #view = createHttp2Connection();
  readonly #readers: Readonly<Record<Side, UnitReader>>;
  readonly #rules = new Map<Striker, Http2Rule>();
  /** Writes the header blocks of a side from the moment on that one did not go on in its turn. */
  readonly #encoders: Partial<Record<Side, HpackEncoder>> = {};
  #out: Output[] = [];

  constructor({ connection, maxHeldBytes }: EditorOptions) {
    this.connection = connection;
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
      for (const call of this.calls.values()) rule.begin(call);
    }
    return this.#flush();
  }

  remove(striker: Striker): readonly Output[] {
    const rule = this.#rules.get(striker);
    this.#rules.delete(striker);
    rule?.lift();
    return this.#flush();
  }

  heldBytes(from: Side): number {
    let bytes = this.#readers[from].heldBytes;
    for (const rule of this.#rules.values()) bytes += rule.heldBytes(from);
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

  credit(to: Side, increment: number): void {
    if (increment === 0) return;
    this.write(otherSide(to), FRAME_HEADER_BYTES + 4, (frames) => frames.windowUpdate(0, increment));
  }

  #take(unit: Unit): void {
    const { headers, from } = unit;
    if (headers?.kind === "request") {
      const fields = headers.block?.fields ?? [];
      const call = {
        streamId: headers.streamId,
        path: headerValue(fields, ":path") ?? "",
        contentType: headerValue(fields, "content-type") ?? "",
      };
      this.calls.set(call.streamId, call);
      for (const rule of this.#rules.values()) rule.begin(call);
    }
    for (const rule of this.#rules.values()) {
      if (!rule.take(unit)) continue;
      // The receiver's table misses this block from now on: the blocks to come must not build on it.
      if (headers !== undefined) this.#encoders[from] ??= createHpackEncoder({ maxTableBytes: 0 });
      return;
    }
    this.pass(unit);
  }

  /** Joins what is one piece of memory: a chunk whose units all go on is one write again. */
  #send(from: Side, bytes: Uint8Array): void {
    const last = this.#out.at(-1);
    const end = last === undefined ? -1 : last.bytes.byteOffset + last.bytes.length;
    if (last?.from === from && last.bytes.buffer === bytes.buffer && end === bytes.byteOffset) {
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
