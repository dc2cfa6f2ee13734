import { type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { ClientFrameSchema, ServerFrameSchema } from "@polywire/contract/polywire/realtime/v1/frames";
import { rpcError } from "@polywire/rpc";
import type { FrameCodec } from "./frame-codec.ts";

/** `polywire.v1.proto`: a frame is a binary message with the protobuf form. */
export const protoCodec: FrameCodec = {
  subprotocol: "polywire.v1.proto",
  binary: true,
  encodeClientFrame: (frame) => toBinary(ClientFrameSchema, frame),
  decodeClientFrame: (bytes) => decode(ClientFrameSchema, bytes),
  encodeServerFrame: (frame) => toBinary(ServerFrameSchema, frame),
  decodeServerFrame: (bytes) => decode(ServerFrameSchema, bytes),
};

function decode<Desc extends DescMessage>(schema: Desc, bytes: Uint8Array): MessageShape<Desc> {
  try {
    return fromBinary(schema, bytes);
  } catch (cause) {
    throw rpcError("MALFORMED_REQUEST", `the frame is not a ${schema.name} in protobuf`, { cause });
  }
}
