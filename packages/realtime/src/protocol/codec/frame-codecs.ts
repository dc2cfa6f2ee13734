import type { FrameCodec, Subprotocol } from "./frame-codec.ts";
import { jsonCodec } from "./json-codec.ts";
import { protoCodec } from "./proto-codec.ts";

/** The codec of each subprotocol. */
export const FRAME_CODECS: Readonly<Record<Subprotocol, FrameCodec>> = {
  "polywire.v1.json": jsonCodec,
  "polywire.v1.proto": protoCodec,
};
