import { defineWireErrors } from "../core/wire-error.ts";

const HTTP2 = "gRPC over HTTP/2, section Requests (grpc/grpc doc/PROTOCOL-HTTP2.md)";
const WEB = "gRPC-Web, section Protocol differences (grpc/grpc doc/PROTOCOL-WEB.md)";
const COMPRESSION = "gRPC compression (grpc/grpc doc/compression.md)";

/** What can be wrong with a stream of gRPC messages. */
export const grpcError = defineWireErrors("grpc", {
  truncated: [HTTP2, "The stream ends inside a message."],
  bad_flags: [HTTP2, "A message's flags hold bits without a meaning."],
  message_too_large: [HTTP2, "A message exceeds maxMessageBytes; its payload is skipped."],
  not_kept: [HTTP2, "The memory of a message's first bytes was given to something else before its last came."],
  unknown_encoding: [
    COMPRESSION,
    "A message is compressed in a way that grpc-encoding does not name or this decoder lacks.",
  ],
  bad_compression: [COMPRESSION, "A compressed message can't be decompressed."],
  decompressed_too_large: [COMPRESSION, "A message exceeds maxMessageBytes once decompressed."],
  bad_base64: [WEB, "The text is not base64; nothing behind it can be read."],
  after_trailers: [WEB, "Something follows the trailers, which end the stream."],
});
