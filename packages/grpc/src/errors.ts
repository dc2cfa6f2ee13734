import { Code, ConnectError } from "@connectrpc/connect";
import { findTrailerError, setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import type { Metadata } from "@grpc/grpc-js";
import { publicError } from "@polywire/rpc";
import { toHeaders, toMetadata } from "./metadata.ts";

/** How a call ends, in grpc-js's terms. */
export interface WireStatus {
  code: number;
  /** The text; any Unicode, the engine encodes it. */
  details: string;
  /** Trailers, with the details in `grpc-status-details-bin`. */
  metadata: Metadata;
}

/** How a call has ended, as grpc-js tells it. */
interface ReceivedStatus {
  code: number | undefined;
  details: string;
  metadata?: Metadata;
}

/**
 * The status for an error: its details travel as a google.rpc.Status in `grpc-status-details-bin`.
 * Whatever is not a ConnectError becomes INTERNAL without its text. What the handler has put into `trailer` travels too.
 */
export function toWire(error: unknown, trailer?: Headers): WireStatus {
  const known = wellFormed(error instanceof ConnectError ? error : publicError(error, ""));
  try {
    const metadata = toMetadata(setTrailerStatus(new Headers(trailer && [...trailer]), known));
    return { code: known.code, details: known.rawMessage, metadata };
  } catch (cause) {
    // Details that cannot be encoded must not keep the call from ending.
    return toWire(publicError(cause, ""));
  }
}

/** URI encoding, which text travels in, throws on half a surrogate pair. */
function wellFormed(error: ConnectError): ConnectError {
  if (error.rawMessage.isWellFormed()) return error;
  const copy = new ConnectError(error.rawMessage.toWellFormed(), error.code, error.metadata);
  copy.details = error.details;
  return copy;
}

/** The error for a status other than OK. Its metadata is the trailers, and the header if there is one. */
export function fromWire(status: ReceivedStatus, header?: Headers): ConnectError {
  // grpc-js ends a call with neither code nor text when it cannot decompress a response.
  if (status.code === undefined) return new ConnectError("the response message cannot be decompressed", Code.Internal);
  const headers = toHeaders(status.metadata);
  for (const [name, value] of header ?? []) headers.append(name, value);
  const detailed = detailedError(headers);
  if (detailed?.code === status.code) return detailed;
  const code = status.code in Code ? (status.code as Code) : Code.Unknown;
  const error = new ConnectError(decodeReserved(status.details), code, headers);
  error.isWireError = true;
  return error;
}

function detailedError(headers: Headers): ConnectError | undefined {
  if (!headers.has("grpc-status-details-bin")) return undefined;
  try {
    return findTrailerError(headers);
  } catch {
    // Broken details must not hide the status itself.
    return undefined;
  }
}

/** grpc-js decodes with decodeURI, which leaves reserved characters encoded that other servers encode. */
function decodeReserved(text: string): string {
  return text.replace(/%(?:2[346BCF]|3[ABDF]|40)/gi, decodeURIComponent);
}
