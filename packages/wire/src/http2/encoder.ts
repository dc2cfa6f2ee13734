import { writeLatin1, writeUint32 } from "../core/bytes.ts";
import { wholeNumber } from "../core/limits.ts";
import {
  CLIENT_PREFACE,
  DEFAULT_MAX_FRAME_BYTES,
  FLAG,
  FRAME_HEADER_BYTES,
  FRAME_TYPE,
  LARGEST_FRAME_BYTES,
} from "./constants.ts";
import type { Setting } from "./frames.ts";
import { formatPriority, type Priority } from "./priority.ts";

/**
 * Writes frames one behind the other into a buffer of the caller's, allocating nothing per frame.
 *
 * Every writing method returns whether the frame had room; when it had not, nothing is written: flush
 * `target.subarray(0, length)`, `reset`, and write it again.
 *
 * @throws RangeError, from any of them, when one frame's payload would exceed `maxFrameBytes`.
 */
export interface FrameEncoder {
  /** Bytes written since the last `reset`. */
  readonly length: number;
  /** Largest payload of a frame: the receiver's SETTINGS_MAX_FRAME_SIZE. */
  maxFrameBytes: number;
  /** Starts again at the front of the same target, or of another. */
  reset(target?: Uint8Array): void;
  /** The client's first bytes. */
  preface(): boolean;
  data(streamId: number, data: Uint8Array, endStream: boolean): boolean;
  /** The header of a DATA frame only, for data that goes to the socket without a copy. */
  dataHeader(streamId: number, bytes: number, endStream: boolean): boolean;
  /** HEADERS, with as many CONTINUATIONs as the block needs; all or nothing. */
  headers(streamId: number, block: Uint8Array, endStream: boolean): boolean;
  /** PUSH_PROMISE, with as many CONTINUATIONs as the block needs; all or nothing. */
  pushPromise(streamId: number, promisedStreamId: number, block: Uint8Array): boolean;
  rstStream(streamId: number, errorCode: number): boolean;
  settings(settings: readonly Setting[]): boolean;
  settingsAck(): boolean;
  /** `opaque` has eight bytes. */
  ping(opaque: Uint8Array, ack: boolean): boolean;
  goaway(lastStreamId: number, errorCode: number, debug?: Uint8Array): boolean;
  /** Stream 0: the connection's window. */
  windowUpdate(streamId: number, increment: number): boolean;
  priorityUpdate(streamId: number, priority: Priority): boolean;
  /** Any frame at all, for types and combinations that the other methods do not know; nothing is checked. */
  raw(
    header: { readonly typeCode: number; readonly flags: number; readonly streamId: number },
    payload: Uint8Array,
  ): boolean;
}

/**
 * Creates an encoder (RFC 9113 section 4).
 *
 * @param maxFrameBytes - largest payload, in bytes; default 16,384.
 * @throws RangeError when `maxFrameBytes` is no size that a frame can be limited to.
 */
export function createFrameEncoder(target: Uint8Array, maxFrameBytes: number = DEFAULT_MAX_FRAME_BYTES): FrameEncoder {
  return new Encoder(
    target,
    wholeNumber("maxFrameBytes", maxFrameBytes, { min: DEFAULT_MAX_FRAME_BYTES, max: LARGEST_FRAME_BYTES }),
  );
}

class Encoder implements FrameEncoder {
  length = 0;
  maxFrameBytes: number;
  #target: Uint8Array;

  constructor(target: Uint8Array, maxFrameBytes: number) {
    this.#target = target;
    this.maxFrameBytes = maxFrameBytes;
  }

  reset(target = this.#target): void {
    this.#target = target;
    this.length = 0;
  }

  preface(): boolean {
    if (this.#room < CLIENT_PREFACE.length) return false;
    this.length = writeLatin1(this.#target, this.length, CLIENT_PREFACE);
    return true;
  }

  data(streamId: number, data: Uint8Array, endStream: boolean): boolean {
    if (!this.#start(FRAME_TYPE.DATA, endStream ? FLAG.END_STREAM : 0, data.length)) return false;
    this.#stream(streamId);
    this.#bytes(data);
    return true;
  }

  dataHeader(streamId: number, bytes: number, endStream: boolean): boolean {
    if (bytes > this.maxFrameBytes) this.#tooLarge(bytes);
    if (this.#room < FRAME_HEADER_BYTES) return false;
    this.#header(FRAME_TYPE.DATA, endStream ? FLAG.END_STREAM : 0, bytes);
    this.#stream(streamId);
    return true;
  }

  headers(streamId: number, block: Uint8Array, endStream: boolean): boolean {
    const first = Math.min(block.length, this.maxFrameBytes);
    if (this.#room < this.#blockBytes(block, first)) return false;
    const endHeaders = first === block.length ? FLAG.END_HEADERS : 0;
    this.#header(FRAME_TYPE.HEADERS, endHeaders | (endStream ? FLAG.END_STREAM : 0), first);
    this.#stream(streamId);
    this.#block(streamId, block, first);
    return true;
  }

  pushPromise(streamId: number, promisedStreamId: number, block: Uint8Array): boolean {
    const first = Math.min(block.length, this.maxFrameBytes - 4);
    if (this.#room < this.#blockBytes(block, first) + 4) return false;
    this.#header(FRAME_TYPE.PUSH_PROMISE, first === block.length ? FLAG.END_HEADERS : 0, first + 4);
    this.#stream(streamId);
    this.#uint32(promisedStreamId);
    this.#block(streamId, block, first);
    return true;
  }

  rstStream(streamId: number, errorCode: number): boolean {
    if (!this.#start(FRAME_TYPE.RST_STREAM, 0, 4)) return false;
    this.#stream(streamId);
    this.#uint32(errorCode);
    return true;
  }

  settings(settings: readonly Setting[]): boolean {
    if (!this.#start(FRAME_TYPE.SETTINGS, 0, settings.length * 6)) return false;
    this.#stream(0);
    for (const { id, value } of settings) {
      this.#target[this.length++] = id >>> 8;
      this.#target[this.length++] = id;
      this.#uint32(value);
    }
    return true;
  }

  settingsAck(): boolean {
    if (!this.#start(FRAME_TYPE.SETTINGS, FLAG.ACK, 0)) return false;
    this.#stream(0);
    return true;
  }

  ping(opaque: Uint8Array, ack: boolean): boolean {
    if (opaque.length !== 8) throw new RangeError(`a PING carries 8 bytes, got ${opaque.length}`);
    if (!this.#start(FRAME_TYPE.PING, ack ? FLAG.ACK : 0, 8)) return false;
    this.#stream(0);
    this.#bytes(opaque);
    return true;
  }

  goaway(lastStreamId: number, errorCode: number, debug?: Uint8Array): boolean {
    if (!this.#start(FRAME_TYPE.GOAWAY, 0, 8 + (debug?.length ?? 0))) return false;
    this.#stream(0);
    this.#uint32(lastStreamId);
    this.#uint32(errorCode);
    if (debug !== undefined) this.#bytes(debug);
    return true;
  }

  windowUpdate(streamId: number, increment: number): boolean {
    if (!this.#start(FRAME_TYPE.WINDOW_UPDATE, 0, 4)) return false;
    this.#stream(streamId);
    this.#uint32(increment);
    return true;
  }

  priorityUpdate(streamId: number, priority: Priority): boolean {
    const value = formatPriority(priority);
    if (!this.#start(FRAME_TYPE.PRIORITY_UPDATE, 0, 4 + value.length)) return false;
    this.#stream(0);
    this.#uint32(streamId);
    this.length = writeLatin1(this.#target, this.length, value);
    return true;
  }

  raw(header: { typeCode: number; flags: number; streamId: number }, payload: Uint8Array): boolean {
    if (this.#room < FRAME_HEADER_BYTES + payload.length) return false;
    this.#header(header.typeCode, header.flags, payload.length);
    this.#stream(header.streamId);
    this.#bytes(payload);
    return true;
  }

  get #room(): number {
    return this.#target.length - this.length;
  }

  /** Writes the header up to the stream when the whole frame has room. */
  #start(typeCode: number, flags: number, bytes: number): boolean {
    if (bytes > this.maxFrameBytes) this.#tooLarge(bytes);
    if (this.#room < FRAME_HEADER_BYTES + bytes) return false;
    this.#header(typeCode, flags, bytes);
    return true;
  }

  #header(typeCode: number, flags: number, bytes: number): void {
    writeUint32(this.#target, this.length, (bytes << 8) | typeCode);
    this.#target[this.length + 4] = flags;
    this.length += 5;
  }

  #stream(streamId: number): void {
    this.#uint32(streamId);
  }

  /** Bytes that a header block takes in all its frames, without other fields. */
  #blockBytes(block: Uint8Array, first: number): number {
    const continuations = Math.ceil((block.length - first) / this.maxFrameBytes);
    return (1 + continuations) * FRAME_HEADER_BYTES + block.length;
  }

  #block(streamId: number, block: Uint8Array, first: number): void {
    this.#bytes(first === block.length ? block : block.subarray(0, first));
    for (let at = first; at < block.length; at += this.maxFrameBytes) {
      const part = block.subarray(at, at + this.maxFrameBytes);
      this.#header(FRAME_TYPE.CONTINUATION, at + part.length === block.length ? FLAG.END_HEADERS : 0, part.length);
      this.#stream(streamId);
      this.#bytes(part);
    }
  }

  #uint32(value: number): void {
    writeUint32(this.#target, this.length, value);
    this.length += 4;
  }

  #bytes(bytes: Uint8Array): void {
    this.#target.set(bytes, this.length);
    this.length += bytes.length;
  }

  #tooLarge(bytes: number): never {
    throw new RangeError(`a frame of ${bytes} bytes exceeds maxFrameBytes (${this.maxFrameBytes}); split it before`);
  }
}
