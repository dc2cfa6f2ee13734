import { latin1, readUint32 } from "../core/bytes.ts";
import { FLAG, FRAME_TYPE, MAX_31_BITS, SETTING } from "./constants.ts";
import { type Http2ErrorCode, http2Error } from "./errors.ts";
import type { Frame, FrameHeader, Setting, StreamDependency } from "./frames.ts";
import { parsePriority } from "./priority.ts";

const DEPENDENCY_BYTES = 5;
const SETTING_BYTES = 6;
const PING_BYTES = 8;
const EXCLUSIVE = 0x8000_0000;

/**
 * Decodes one payload by the type in its header. Byte ranges in the result are views of `payload`.
 *
 * @returns the frame, or a `MALFORMED` one when it breaks a rule that can be judged from the frame alone.
 */
export function parsePayload(header: FrameHeader, payload: Uint8Array, maxSettings: number): Frame {
  switch (header.typeCode) {
    case FRAME_TYPE.DATA:
      return data(header, payload);
    case FRAME_TYPE.HEADERS:
      return headers(header, payload);
    case FRAME_TYPE.PRIORITY:
      return priority(header, payload);
    case FRAME_TYPE.RST_STREAM:
      return rstStream(header, payload);
    case FRAME_TYPE.SETTINGS:
      return settings(header, payload, maxSettings);
    case FRAME_TYPE.PUSH_PROMISE:
      return pushPromise(header, payload);
    case FRAME_TYPE.PING:
      return ping(header, payload);
    case FRAME_TYPE.GOAWAY:
      return goaway(header, payload);
    case FRAME_TYPE.WINDOW_UPDATE:
      return windowUpdate(header, payload);
    case FRAME_TYPE.CONTINUATION:
      return continuation(header, payload);
    case FRAME_TYPE.PRIORITY_UPDATE:
      return priorityUpdate(header, payload);
    default:
      return { ...header, type: "UNKNOWN", payload };
  }
}

/** A frame that was understood only as far as its header. */
export function malformed(header: FrameHeader, code: Http2ErrorCode): Frame {
  return { ...header, type: "MALFORMED", error: http2Error(code, header.offset) };
}

function data(header: FrameHeader, payload: Uint8Array): Frame {
  if (header.streamId === 0) return malformed(header, "stream_required");
  const padding = paddingOf(header, payload);
  if (padding < 0) return malformed(header, "bad_padding");
  // Written out, here and for HEADERS: what an object gets behind a spread lies outside of it and takes more memory.
  return {
    typeCode: header.typeCode,
    flags: header.flags,
    streamId: header.streamId,
    length: header.length,
    offset: header.offset,
    type: "DATA",
    data: content(payload, padding, 0),
    endStream: (header.flags & FLAG.END_STREAM) !== 0,
    paddingBytes: padding,
  };
}

function headers(header: FrameHeader, payload: Uint8Array): Frame {
  if (header.streamId === 0) return malformed(header, "stream_required");
  const padding = paddingOf(header, payload);
  if (padding < 0) return malformed(header, "bad_padding");
  const prefix = (header.flags & FLAG.PRIORITY) === 0 ? 0 : DEPENDENCY_BYTES;
  if (payload.length < padding + prefix) return malformed(header, prefix > 0 ? "bad_length" : "bad_padding");
  const start = (header.flags & FLAG.PADDED) === 0 ? 0 : 1;
  return {
    typeCode: header.typeCode,
    flags: header.flags,
    streamId: header.streamId,
    length: header.length,
    offset: header.offset,
    type: "HEADERS",
    fragment: content(payload, padding, prefix),
    endStream: (header.flags & FLAG.END_STREAM) !== 0,
    endHeaders: (header.flags & FLAG.END_HEADERS) !== 0,
    dependency: prefix === 0 ? undefined : dependencyAt(payload, start),
    paddingBytes: padding,
  };
}

function priority(header: FrameHeader, payload: Uint8Array): Frame {
  if (header.streamId === 0) return malformed(header, "stream_required");
  if (payload.length !== DEPENDENCY_BYTES) return malformed(header, "bad_length");
  return { ...header, type: "PRIORITY", dependency: dependencyAt(payload, 0) };
}

function rstStream(header: FrameHeader, payload: Uint8Array): Frame {
  if (header.streamId === 0) return malformed(header, "stream_required");
  if (payload.length !== 4) return malformed(header, "bad_length");
  return { ...header, type: "RST_STREAM", errorCode: readUint32(payload, 0) };
}

function settings(header: FrameHeader, payload: Uint8Array, maxSettings: number): Frame {
  if (header.streamId !== 0) return malformed(header, "stream_forbidden");
  const ack = (header.flags & FLAG.ACK) !== 0;
  if (payload.length % SETTING_BYTES !== 0 || (ack && payload.length > 0)) return malformed(header, "bad_length");
  if (payload.length > maxSettings * SETTING_BYTES) return malformed(header, "too_many_settings");
  const list: Setting[] = [];
  for (let at = 0; at < payload.length; at += SETTING_BYTES) {
    const setting = {
      id: (payload[at] as number) * 256 + (payload[at + 1] as number),
      value: readUint32(payload, at + 2),
    };
    const fault = settingFault(setting);
    if (fault !== undefined) return malformed(header, fault);
    list.push(setting);
  }
  return { ...header, type: "SETTINGS", ack, settings: list };
}

function settingFault({ id, value }: Setting): Http2ErrorCode | undefined {
  if (id === SETTING.INITIAL_WINDOW_SIZE && value > MAX_31_BITS) return "bad_initial_window";
  const isFlag = id === SETTING.ENABLE_PUSH || id === SETTING.ENABLE_CONNECT_PROTOCOL;
  if ((isFlag || id === SETTING.NO_RFC7540_PRIORITIES) && value > 1) return "bad_setting";
  if (id === SETTING.MAX_FRAME_SIZE && (value < 2 ** 14 || value >= 2 ** 24)) return "bad_setting";
  return undefined;
}

function pushPromise(header: FrameHeader, payload: Uint8Array): Frame {
  if (header.streamId === 0) return malformed(header, "stream_required");
  const padding = paddingOf(header, payload);
  if (padding < 0) return malformed(header, "bad_padding");
  if (payload.length < padding + 4) return malformed(header, "bad_length");
  const start = (header.flags & FLAG.PADDED) === 0 ? 0 : 1;
  return {
    ...header,
    type: "PUSH_PROMISE",
    promisedStreamId: readUint32(payload, start) & MAX_31_BITS,
    fragment: content(payload, padding, 4),
    endHeaders: (header.flags & FLAG.END_HEADERS) !== 0,
    paddingBytes: padding,
  };
}

function ping(header: FrameHeader, payload: Uint8Array): Frame {
  if (header.streamId !== 0) return malformed(header, "stream_forbidden");
  if (payload.length !== PING_BYTES) return malformed(header, "bad_length");
  return { ...header, type: "PING", ack: (header.flags & FLAG.ACK) !== 0, opaque: payload };
}

function goaway(header: FrameHeader, payload: Uint8Array): Frame {
  if (header.streamId !== 0) return malformed(header, "stream_forbidden");
  if (payload.length < 8) return malformed(header, "bad_length");
  const lastStreamId = readUint32(payload, 0) & MAX_31_BITS;
  return { ...header, type: "GOAWAY", lastStreamId, errorCode: readUint32(payload, 4), debug: payload.subarray(8) };
}

function windowUpdate(header: FrameHeader, payload: Uint8Array): Frame {
  if (payload.length !== 4) return malformed(header, "bad_length");
  const increment = readUint32(payload, 0) & MAX_31_BITS;
  if (increment === 0) return malformed(header, "zero_increment");
  return { ...header, type: "WINDOW_UPDATE", increment };
}

function continuation(header: FrameHeader, payload: Uint8Array): Frame {
  if (header.streamId === 0) return malformed(header, "stream_required");
  return { ...header, type: "CONTINUATION", fragment: payload, endHeaders: (header.flags & FLAG.END_HEADERS) !== 0 };
}

function priorityUpdate(header: FrameHeader, payload: Uint8Array): Frame {
  if (header.streamId !== 0) return malformed(header, "stream_forbidden");
  if (payload.length < 4) return malformed(header, "bad_length");
  const prioritizedStreamId = readUint32(payload, 0) & MAX_31_BITS;
  if (prioritizedStreamId === 0) return malformed(header, "stream_required");
  const value = latin1(payload, 4, payload.length);
  return { ...header, type: "PRIORITY_UPDATE", prioritizedStreamId, value, priority: parsePriority(value) };
}

/** Bytes of padding with the field that gives its length; -1 when they do not fit in the payload. */
function paddingOf(header: FrameHeader, payload: Uint8Array): number {
  if ((header.flags & FLAG.PADDED) === 0) return 0;
  const bytes = 1 + (payload[0] ?? 0);
  return payload.length === 0 || bytes > payload.length ? -1 : bytes;
}

/** What lies between the pad length field with the type's own `prefix` bytes, and the padding. */
function content(payload: Uint8Array, padding: number, prefix: number): Uint8Array {
  if (padding === 0) return prefix === 0 ? payload : payload.subarray(prefix);
  return payload.subarray(1 + prefix, payload.length - padding + 1);
}

function dependencyAt(payload: Uint8Array, at: number): StreamDependency {
  const word = readUint32(payload, at);
  return {
    dependsOn: word & MAX_31_BITS,
    exclusive: word >= EXCLUSIVE,
    // The wire has the weight less one (RFC 7540 section 6.3).
    weight: (payload[at + 4] as number) + 1,
  };
}
