import { fromBase64 } from "../core/base64.ts";
import { utf8 } from "../core/bytes.ts";
import { type HeaderList, headerValue } from "../core/header-list.ts";

/** The names of the 17 status codes, by number. */
export const GRPC_CODE_NAMES = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
] as const;

/** How a call ended. */
export interface GrpcStatus {
  /** `null`: `grpc-status` is unknown or not a number. */
  readonly code: number | null;
  /** Of {@link GRPC_CODE_NAMES}; the number as text where it has no name. */
  readonly name: string;
  /** `grpc-message`, percent-decoded. */
  readonly message: string;
  /** `grpc-status-details-bin`: a `google.rpc.Status`. */
  readonly details: Uint8Array | undefined;
}

/** Reads the status from trailers, or from headers that are trailers too; `undefined` when they hold none. */
export function readGrpcStatus(fields: HeaderList): GrpcStatus | undefined {
  const status = headerValue(fields, "grpc-status");
  if (status === undefined) return undefined;
  const code = status !== null && /^\d{1,9}$/.test(status) ? Number(status) : null;
  const details = headerValue(fields, "grpc-status-details-bin");
  return {
    code,
    name: code === null ? "unknown" : (GRPC_CODE_NAMES[code] ?? `${code}`),
    message: percentDecode(headerValue(fields, "grpc-message") ?? ""),
    details: typeof details === "string" ? fromBase64(details) : undefined,
  };
}

/**
 * Undoes the encoding of `grpc-message`: UTF-8, bytes outside printable ASCII as `%XX`. A percent sign that begins no
 * code stands for itself: the specification asks readers never to fail here.
 */
function percentDecode(text: string): string {
  if (!text.includes("%")) return text;
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = /^%[0-9a-f]{2}/i.test(text.slice(at, at + 3)) ? text.slice(at + 1, at + 3) : undefined;
    bytes.push(code === undefined ? text.charCodeAt(at) & 0xff : Number.parseInt(code, 16));
    if (code !== undefined) at += 2;
  }
  return utf8(Uint8Array.from(bytes));
}
