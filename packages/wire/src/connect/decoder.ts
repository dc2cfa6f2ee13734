import { createEnvelopeReader, type Envelope } from "../core/envelope.ts";
import { COMPRESSED, EnvelopedMessage, openEnvelope } from "../core/message.ts";
import { connectWireError } from "./errors.ts";
import type { ConnectStreamEvent } from "./events.ts";
import { readConnectEndStream } from "./failure.ts";
import {
  type ConnectStreamDecoderOptions,
  type ResolvedConnectStreamDecoderOptions,
  resolveConnectStreamDecoderOptions,
} from "./options.ts";

/** Decodes one direction of one streaming call. A unary call has no envelopes: its body is the message. */
export interface ConnectStreamDecoder {
  /**
   * Takes the next bytes of the body, cut anywhere; the cuts make no difference to the events. Never throws: a fault is
   * an event, and decoding goes on behind it. Events may hold views of `chunk`.
   */
  push(chunk: Uint8Array): readonly ConnectStreamEvent[];
  /** The body has ended: an error when that cuts an envelope off, or a response has not said how it ended. */
  end(): readonly ConnectStreamEvent[];
}

/**
 * Creates a decoder.
 *
 * @throws RangeError when an option is out of its range.
 */
export function createConnectStreamDecoder(options?: ConnectStreamDecoderOptions): ConnectStreamDecoder {
  return new Decoder(resolveConnectStreamDecoderOptions(options));
}

const END_STREAM = 0x02;

class Decoder implements ConnectStreamDecoder {
  readonly #options: ResolvedConnectStreamDecoderOptions;
  readonly #envelopes;
  #messages = 0;
  #ended = false;

  constructor(options: ResolvedConnectStreamDecoderOptions) {
    this.#options = options;
    this.#envelopes = createEnvelopeReader(options.maxMessageBytes);
  }

  push(chunk: Uint8Array): readonly ConnectStreamEvent[] {
    return this.#envelopes.push(chunk).flatMap((envelope) => this.#open(envelope));
  }

  end(): readonly ConnectStreamEvent[] {
    if (this.#envelopes.unfinished) return [fault("truncated", this.#envelopes.offset)];
    const missing = this.#options.direction === "response" && !this.#ended;
    return missing ? [fault("no_end_stream", this.#envelopes.offset)] : [];
  }

  #open(envelope: Envelope): ConnectStreamEvent[] {
    const { flags, offset, length } = envelope;
    const opened = openEnvelope(envelope, this.#options.encoding, this.#options.maxMessageBytes);
    const events: ConnectStreamEvent[] = [];
    if (this.#ended) events.push(fault("after_end_stream", offset));
    if ((flags & END_STREAM) !== 0) {
      this.#ended = true;
      const payload = opened.payload();
      const end = payload === null ? undefined : readConnectEndStream(payload);
      if (end !== undefined) events.push({ type: "end-stream", offset, length, ...end });
      else if (opened.fault === undefined) events.push(fault("bad_end_stream", offset));
    } else {
      events.push(new EnvelopedMessage(this.#messages++, envelope, opened));
    }
    if ((flags & ~(COMPRESSED | END_STREAM)) !== 0) events.push(fault("bad_flags", offset));
    if (opened.fault !== undefined) events.push(fault(opened.fault, offset));
    return events;
  }
}

function fault(code: Parameters<typeof connectWireError>[0], offset: number): ConnectStreamEvent {
  return { type: "error", error: connectWireError(code, offset) };
}
