import { fromJsonString, toJsonString } from "@bufbuild/protobuf";
import { ClientFrameSchema, ServerFrameSchema } from "@polywire/contract/polywire/realtime/v1/frames";
import { parseStrictJson } from "@polywire/http";
import { rpcError } from "@polywire/rpc";
import type { FrameCodec } from "./frame-codec.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** `polywire.v1.json`: a frame is a text message with the ProtoJSON form. Unknown fields and int64 numbers are refused. */
export const jsonCodec: FrameCodec = {
  subprotocol: "polywire.v1.json",
  binary: false,
  encodeClientFrame: (frame) => encoder.encode(toJsonString(ClientFrameSchema, frame)),
  decodeClientFrame: (bytes) => parseStrictJson(ClientFrameSchema, bytes),
  encodeServerFrame: (frame) => encoder.encode(toJsonString(ServerFrameSchema, frame)),
  decodeServerFrame(bytes) {
    try {
      return fromJsonString(ServerFrameSchema, decoder.decode(bytes), { ignoreUnknownFields: true });
    } catch (cause) {
      throw rpcError("MALFORMED_REQUEST", "the frame is not a ServerFrame in JSON", { cause });
    }
  },
};
