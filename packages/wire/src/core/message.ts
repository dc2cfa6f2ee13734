import { type DecompressFault, decompress } from "./compression.ts";
import type { Envelope } from "./envelope.ts";
import type { ReadPayload } from "./payload.ts";

/** The flag that marks a compressed message, in gRPC, gRPC-Web and Connect alike. */
export const COMPRESSED = 0x01;

/** Why a message is not there. */
export type MessageFault = DecompressFault | "message_too_large" | "not_kept";

/** The message inside an envelope. */
export interface OpenedMessage {
  readonly compressed: boolean;
  /** Gives it decompressed; gives `null` with a fault. */
  readonly payload: ReadPayload;
  readonly fault: MessageFault | undefined;
}

/**
 * A message as decoders pass it on: the payload is read, and kept, only where somebody asks for it. A class, because an
 * object literal with an accessor costs V8 a hidden class each.
 */
export class EnvelopedMessage {
  readonly type = "message";
  readonly index: number;
  /** Bytes in front of the envelope. */
  readonly offset: number;
  readonly length: number;
  readonly compressed: boolean;
  readonly #payload: ReadPayload;

  constructor(index: number, { offset, length }: Envelope, { compressed, payload }: OpenedMessage) {
    this.index = index;
    this.offset = offset;
    this.length = length;
    this.compressed = compressed;
    this.#payload = payload;
  }

  get payload(): Uint8Array | null {
    return this.#payload();
  }
}

/**
 * Takes a message out of its envelope: at once when flags say that there is more to it than bytes, else when it is asked
 * for. `maxBytes` bounds what decompression may write.
 */
export function openEnvelope(envelope: Envelope, encoding: string, maxBytes: number): OpenedMessage {
  const compressed = (envelope.flags & COMPRESSED) !== 0;
  const failed = (fault: MessageFault): OpenedMessage => ({ compressed, payload: () => null, fault });
  if (envelope.payload === null) return failed("message_too_large");
  if (envelope.flags === 0) return { compressed, payload: envelope.payload, fault: undefined };
  const bytes = envelope.payload();
  if (bytes === null) return failed("not_kept");
  // With "identity" the flag must not be set, and an unset flag means an uncompressed message whatever the coding.
  const payload = compressed && bytes.length > 0 ? decompress(encoding, bytes, maxBytes) : bytes;
  return typeof payload === "string" ? failed(payload) : { compressed, payload: () => payload, fault: undefined };
}
