import { defineWireErrors } from "../core/wire-error.ts";

const TABLE = {
  bad_preface: ["RFC 9113 section 3.4", "The client does not begin with the connection preface."],
  settings_expected: ["RFC 9113 section 3.4", "The first frame of a side is not SETTINGS."],
  truncated: ["RFC 9113 section 4.1", "The connection ends inside a frame or the preface."],
  frame_too_large: [
    "RFC 9113 section 4.2",
    "The frame is larger than this decoder's maxFrameBytes; its payload is skipped.",
  ],
  frame_over_advertised: ["RFC 9113 section 4.2", "The frame is larger than its receiver's SETTINGS_MAX_FRAME_SIZE."],
  bad_length: ["RFC 9113 section 6", "The payload's length is not one that this frame type can have."],
  bad_padding: ["RFC 9113 section 6.1", "The padding is as long as the payload, or longer."],
  stream_required: ["RFC 9113 section 6", "A frame of this type belongs to a stream, but names stream 0."],
  stream_forbidden: ["RFC 9113 section 6", "A frame of this type belongs to the connection, but names a stream."],
  bad_setting: ["RFC 9113 section 6.5.2", "A setting has a value outside its range."],
  bad_initial_window: ["RFC 9113 section 6.5.2", "SETTINGS_INITIAL_WINDOW_SIZE exceeds 2^31-1."],
  too_many_settings: ["RFC 9113 section 10.5", "The frame holds more settings than maxSettings."],
  unexpected_ack: ["RFC 9113 section 6.5", "A SETTINGS acknowledgement answers no SETTINGS frame."],
  zero_increment: ["RFC 9113 section 6.9", "A WINDOW_UPDATE adds nothing."],
  window_overflow: ["RFC 9113 section 6.9.1", "A flow-control window grows beyond 2^31-1."],
  window_exceeded: ["RFC 9113 section 6.9.1", "DATA exceeds the flow-control window of its stream or connection."],
  headers_interrupted: ["RFC 9113 section 6.10", "Another frame stands inside a header block."],
  continuation_unexpected: ["RFC 9113 section 6.10", "A CONTINUATION continues no header block."],
  header_block_too_large: [
    "RFC 9113 section 10.5.1",
    "A header block exceeds maxHeaderBlockBytes or maxContinuations; it is skipped.",
  ],
  stream_idle: ["RFC 9113 section 5.1", "The frame names a stream that was never opened."],
  stream_ended: ["RFC 9113 section 5.1", "The sender has already ended its side of the stream."],
  bad_stream_id: ["RFC 9113 section 5.1.1", "The sender may not open a stream with this identifier."],
  bad_push: ["RFC 9113 section 8.4", "Only a server may push, and only a new even stream."],
  too_many_settings_pending: [
    "RFC 9113 section 6.5.3",
    "More than maxPendingSettings SETTINGS frames wait for acknowledgement.",
  ],
  too_many_streams: ["RFC 9113 section 10.5", "More than maxStreams streams are open; the new one is not tracked."],
} as const;

/** What can be wrong with a connection. */
export type Http2ErrorCode = keyof typeof TABLE;

/** Makes an error with the code `http2.<code>`. */
export const http2Error = defineWireErrors("http2", TABLE);

const FRAME_SIZE: readonly Http2ErrorCode[] = ["frame_too_large", "frame_over_advertised", "bad_length"];
const FLOW_CONTROL: readonly Http2ErrorCode[] = ["bad_initial_window", "window_overflow", "window_exceeded"];
const CALM: readonly Http2ErrorCode[] = ["header_block_too_large", "too_many_settings", "too_many_settings_pending"];

/** The error code of RFC 9113 section 7 that an endpoint answers with, by the code of a {@link WireError}. */
export function errorCodeFor(code: string): number {
  if (code.startsWith("hpack.")) return 0x9;
  const [protocol, what] = code.split(".") as [string, Http2ErrorCode];
  if (protocol !== "http2") return 0x2;
  if (FRAME_SIZE.includes(what)) return 0x6;
  if (FLOW_CONTROL.includes(what)) return 0x3;
  if (CALM.includes(what)) return 0xb;
  if (what === "stream_ended") return 0x5;
  return what === "too_many_streams" ? 0x7 : 0x1;
}
