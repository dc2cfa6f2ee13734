import { type Base64Decoder, createBase64Decoder } from "../core/base64.ts";
import { latin1 } from "../core/bytes.ts";
import { createEnvelopeReader, type Envelope } from "../core/envelope.ts";
import { COMPRESSED, EnvelopedMessage, openEnvelope } from "../core/message.ts";
import { grpcError } from "./errors.ts";
import type { GrpcEvent, GrpcWebTrailersEvent } from "./events.ts";
import { type GrpcDecoderOptions, type ResolvedGrpcDecoderOptions, resolveGrpcDecoderOptions } from "./options.ts";
import { readGrpcStatus } from "./status.ts";

/** Decodes one direction of one call: what its DATA frames or its body carry. */
export interface GrpcDecoder {
  /**
   * Takes the next bytes, cut anywhere; the cuts make no difference to the events. Never throws: a fault is an event,
   * and decoding goes on behind it, except after text that is not base64. Events may hold views of `chunk`.
   */
  push(chunk: Uint8Array): readonly GrpcEvent[];
  /** The direction has ended: an error when that cuts a message off. */
  end(): readonly GrpcEvent[];
}

/**
 * Creates a decoder.
 *
 * @throws RangeError when an option is out of its range.
 */
export function createGrpcDecoder(options?: GrpcDecoderOptions): GrpcDecoder {
  return new Decoder(resolveGrpcDecoderOptions(options));
}

/** Marks the trailers of gRPC-Web. */
const TRAILERS = 0x80;

class Decoder implements GrpcDecoder {
  readonly #options: ResolvedGrpcDecoderOptions;
  readonly #envelopes;
  readonly #base64: Base64Decoder | undefined;
  #messages = 0;
  #trailersSeen = false;
  #failed = false;

  constructor(options: ResolvedGrpcDecoderOptions) {
    this.#options = options;
    this.#envelopes = createEnvelopeReader(options.maxMessageBytes);
    this.#base64 = options.format === "grpc-web-text" ? createBase64Decoder() : undefined;
  }

  push(chunk: Uint8Array): readonly GrpcEvent[] {
    if (this.#failed) return [];
    if (this.#base64 === undefined) return this.#read(chunk);
    const events = this.#read(this.#base64.push(chunk));
    this.#failed = this.#base64.failed;
    if (this.#failed) events.push({ type: "error", error: grpcError("bad_base64", this.#envelopes.offset) });
    return events;
  }

  end(): readonly GrpcEvent[] {
    const unfinished = this.#envelopes.unfinished || this.#base64?.unfinished === true;
    if (this.#failed || !unfinished) return [];
    return [{ type: "error", error: grpcError("truncated", this.#envelopes.offset) }];
  }

  #read(bytes: Uint8Array): GrpcEvent[] {
    const events: GrpcEvent[] = [];
    for (const envelope of this.#envelopes.push(bytes)) this.#open(envelope, events);
    return events;
  }

  #open(envelope: Envelope, events: GrpcEvent[]): void {
    const { flags, offset } = envelope;
    const { encoding, maxMessageBytes } = this.#options;
    const opened = openEnvelope(envelope, encoding, maxMessageBytes);
    const { payload, fault } = opened;
    if (this.#trailersSeen) events.push({ type: "error", error: grpcError("after_trailers", offset) });
    if (this.#options.format !== "grpc" && (flags & TRAILERS) !== 0) {
      this.#trailersSeen = true;
      const block = payload();
      if (block !== null) events.push(trailers(envelope, block));
    } else {
      events.push(new EnvelopedMessage(this.#messages++, envelope, opened));
      if ((flags & ~COMPRESSED) !== 0) events.push({ type: "error", error: grpcError("bad_flags", offset) });
    }
    if (fault !== undefined) events.push({ type: "error", error: grpcError(fault, offset) });
  }
}

/** Trailers are written as a header block of HTTP/1.1, names in lower case. */
function trailers({ offset, length }: Envelope, payload: Uint8Array): GrpcWebTrailersEvent {
  const fields: { name: string; value: string }[] = [];
  for (const line of latin1(payload, 0, payload.length).split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) fields.push({ name: line.slice(0, colon).toLowerCase(), value: line.slice(colon + 1).trim() });
  }
  return { type: "trailers", offset, length, fields, status: readGrpcStatus(fields) };
}
