import { type DecompressFault, decompress } from "./compression.ts";
import type { Envelope } from "./envelope.ts";

/** The flag that marks a compressed message, in gRPC, gRPC-Web and Connect alike. */
export const COMPRESSED = 0x01;

/** Why a message is not there. */
export type MessageFault = DecompressFault | "message_too_large";

/** The message inside an envelope. */
export interface OpenedMessage {
  readonly compressed: boolean;
  /** Decompressed; `null` with a fault. */
  readonly payload: Uint8Array | null;
  readonly fault: MessageFault | undefined;
}

/** Takes a message out of its envelope. `maxBytes` bounds what decompression may write. */
export function openEnvelope(envelope: Envelope, encoding: string, maxBytes: number): OpenedMessage {
  const compressed = (envelope.flags & COMPRESSED) !== 0;
  if (envelope.payload === null) return { compressed, payload: null, fault: "message_too_large" };
  // With "identity" the flag must not be set, and an unset flag means an uncompressed message whatever the coding.
  if (!compressed || envelope.length === 0) return { compressed, payload: envelope.payload, fault: undefined };
  const payload = decompress(encoding, envelope.payload, maxBytes);
  return typeof payload === "string"
    ? { compressed, payload: null, fault: payload }
    : { compressed, payload, fault: undefined };
}
