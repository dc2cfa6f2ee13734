import { defineWireErrors } from "../core/wire-error.ts";

const STREAMING = "Connect protocol, section Streaming RPCs (connectrpc.com/docs/protocol)";
const END_STREAM = "Connect protocol, section Error end-stream (connectrpc.com/docs/protocol)";

/** What can be wrong with a body of the Connect protocol. */
export const connectWireError = defineWireErrors("connect", {
  truncated: [STREAMING, "The stream ends inside an envelope."],
  bad_flags: [STREAMING, "An envelope's flags hold bits without a meaning."],
  message_too_large: [STREAMING, "A message exceeds maxMessageBytes; its payload is skipped."],
  not_kept: [STREAMING, "The memory of a message's first bytes was given to something else before its last came."],
  unknown_encoding: [STREAMING, "A message is compressed in a way that its headers do not name or this decoder lacks."],
  bad_compression: [STREAMING, "A compressed message can't be decompressed."],
  decompressed_too_large: [STREAMING, "A message exceeds maxMessageBytes once decompressed."],
  bad_end_stream: [END_STREAM, "The last envelope is not the JSON object that ends a stream."],
  after_end_stream: [STREAMING, "Something follows the envelope that ends the stream."],
  no_end_stream: [STREAMING, "The response ends without the envelope that must end it."],
});
