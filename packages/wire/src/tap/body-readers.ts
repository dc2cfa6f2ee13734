import { createConnectStreamDecoder } from "../connect/index.ts";
import { NO_BYTES, toUtf8 } from "../core/bytes.ts";
import { decompress } from "../core/compression.ts";
import { GrowingBuffer } from "../core/growing-buffer.ts";
import type { WireError } from "../core/wire-error.ts";
import { createGrpcDecoder, type GrpcDecoderOptions } from "../grpc/index.ts";
import { createSseDecoder } from "../sse/index.ts";
import { bodyError } from "./errors.ts";

/** A message, whatever it was wrapped in. */
export interface BodyMessage {
  /** On the wire, without framing. */
  readonly length: number;
  readonly compressed: boolean;
  /** May cost something to read: nobody may ask for it. */
  readonly payload: Uint8Array | null;
}

/** What a body holds. */
export type BodyPiece =
  | { readonly type: "message"; readonly framingBytes: number; readonly message: BodyMessage }
  | { readonly type: "outcome"; readonly code: string; readonly message: string }
  | { readonly type: "error"; readonly error: WireError };

/** Reads one direction of one call. */
export interface BodyReader {
  push(data: Uint8Array): readonly BodyPiece[];
  end(): readonly BodyPiece[];
}

const ENVELOPE_BYTES = 5;

/** Messages in envelopes, and for gRPC-Web the trailers behind them. */
export function grpcBody(options: GrpcDecoderOptions): BodyReader {
  const decoder = createGrpcDecoder(options);
  const pieces = (events: ReturnType<typeof decoder.push>): BodyPiece[] =>
    events.flatMap((event): BodyPiece[] => {
      if (event.type === "message") return [{ type: "message", framingBytes: ENVELOPE_BYTES, message: event }];
      if (event.type === "error") return [event];
      return event.status === undefined
        ? []
        : [{ type: "outcome", code: event.status.name, message: event.status.message }];
    });
  return { push: (data) => pieces(decoder.push(data)), end: () => pieces(decoder.end()) };
}

/** Messages of a streaming call of Connect. */
export function connectStreamBody(options: {
  readonly encoding: string;
  readonly direction: "request" | "response";
  readonly maxMessageBytes: number;
}): BodyReader {
  const decoder = createConnectStreamDecoder(options);
  const pieces = (events: ReturnType<typeof decoder.push>): BodyPiece[] =>
    events.map((event): BodyPiece => {
      if (event.type === "message") return { type: "message", framingBytes: ENVELOPE_BYTES, message: event };
      if (event.type === "error") return event;
      return { type: "outcome", code: event.failure?.code ?? "ok", message: event.failure?.message ?? "" };
    });
  return { push: (data) => pieces(decoder.push(data)), end: () => pieces(decoder.end()) };
}

/** A body that is one message. */
export function wholeBody({
  encoding,
  maxMessageBytes,
  mayBeEmpty,
}: {
  readonly encoding: string;
  readonly maxMessageBytes: number;
  /** Whether a body of no bytes is a message too. */
  readonly mayBeEmpty: boolean;
}): BodyReader {
  const parts = new GrowingBuffer();
  let length = 0;
  return {
    push(data) {
      length += data.length;
      if (length <= maxMessageBytes) parts.append(data);
      else parts.release();
      return [];
    },
    end() {
      if (length === 0) return mayBeEmpty ? [message(NO_BYTES)] : [];
      if (length > maxMessageBytes) return [message(null), { type: "error", error: bodyError("too_large", 0) }];
      if (encoding === "identity") return [message(parts.bytes)];
      const payload = decompress(encoding, parts.bytes, maxMessageBytes);
      if (typeof payload !== "string") return [message(payload)];
      return [message(null), { type: "error", error: bodyError(payload, 0) }];
    },
  };

  function message(payload: Uint8Array | null): BodyPiece {
    const compressed = encoding !== "identity" && length > 0;
    return { type: "message", framingBytes: 0, message: { length, compressed, payload } };
  }
}

/** Server-sent events: the data of each is a message. */
export function eventStreamBody(maxMessageBytes: number): BodyReader {
  const decoder = createSseDecoder({ maxEventBytes: maxMessageBytes });
  const pieces = (events: ReturnType<typeof decoder.push>): BodyPiece[] =>
    events.flatMap((event): BodyPiece[] => {
      if (event.type === "error") return [event];
      if (event.type !== "event") return [];
      const payload = event.data === null ? null : toUtf8(event.data);
      const length = payload?.length ?? event.wireBytes;
      const message = { length, compressed: false, payload };
      return [{ type: "message", framingBytes: event.wireBytes - length, message }];
    });
  return { push: (data) => pieces(decoder.push(data)), end: () => pieces(decoder.end()) };
}

/** A body without messages. */
export const NO_MESSAGES: BodyReader = { push: () => [], end: () => [] };
