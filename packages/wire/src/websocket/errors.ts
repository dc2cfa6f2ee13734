import { defineWireErrors } from "../core/wire-error.ts";

const TABLE = {
  rsv_set: ["RFC 6455 section 5.2", "A reserved bit is set that no negotiated extension gives a meaning here."],
  bad_opcode: ["RFC 6455 section 5.2", "No specification defines the frame's opcode."],
  bad_length: ["RFC 6455 section 5.2", "The length is beyond 2^53: nothing behind it can be found by counting."],
  long_length: ["RFC 6455 section 5.2", "The length is written in more bytes than it needs."],
  not_masked: ["RFC 6455 section 5.1", "A client must mask its frames, and this one is not masked."],
  masked: ["RFC 6455 section 5.1", "A server must not mask its frames, and this one is masked."],
  frame_too_large: ["RFC 6455 section 10.4", "The frame is larger than maxFrameBytes; its payload is skipped."],
  message_too_large: ["RFC 6455 section 10.4", "The message exceeds maxMessageBytes; its content is not kept."],
  control_too_long: ["RFC 6455 section 5.5", "A control frame has more than 125 bytes of payload."],
  control_fragmented: ["RFC 6455 section 5.5", "A control frame is fragmented."],
  unexpected_continuation: ["RFC 6455 section 5.4", "A continuation continues no message."],
  unfinished_message: ["RFC 6455 section 5.4", "A message begins before the one in front of it has ended."],
  bad_utf8: ["RFC 6455 section 8.1", "A text message or the reason of a Close frame is not UTF-8."],
  bad_close: ["RFC 6455 section 5.5.1", "A Close frame has a payload of one byte, which is half a code."],
  bad_close_code: ["RFC 6455 section 7.4", "A Close frame has a code that must not be sent."],
  after_close: ["RFC 6455 section 5.5.1", "The side sends on behind its Close frame."],
  bad_compression: ["RFC 7692 section 7.2.2", "A compressed message can't be decompressed."],
  decompressed_too_large: ["RFC 7692 section 7.2.2", "A message exceeds maxMessageBytes once decompressed."],
  truncated: ["RFC 6455 section 7.1.7", "The connection ends inside a frame or a message."],
} as const;

/** What can be wrong with a connection. */
export type WebSocketErrorCode = keyof typeof TABLE;

/** Makes an error with the code `websocket.<code>`. */
export const webSocketError = defineWireErrors("websocket", TABLE);
