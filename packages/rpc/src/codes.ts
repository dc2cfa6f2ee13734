import { Code } from "@connectrpc/connect";

const NAMES = {
  [Code.Canceled]: "CANCELED",
  [Code.Unknown]: "UNKNOWN",
  [Code.InvalidArgument]: "INVALID_ARGUMENT",
  [Code.DeadlineExceeded]: "DEADLINE_EXCEEDED",
  [Code.NotFound]: "NOT_FOUND",
  [Code.AlreadyExists]: "ALREADY_EXISTS",
  [Code.PermissionDenied]: "PERMISSION_DENIED",
  [Code.ResourceExhausted]: "RESOURCE_EXHAUSTED",
  [Code.FailedPrecondition]: "FAILED_PRECONDITION",
  [Code.Aborted]: "ABORTED",
  [Code.OutOfRange]: "OUT_OF_RANGE",
  [Code.Unimplemented]: "UNIMPLEMENTED",
  [Code.Internal]: "INTERNAL",
  [Code.Unavailable]: "UNAVAILABLE",
  [Code.DataLoss]: "DATA_LOSS",
  [Code.Unauthenticated]: "UNAUTHENTICATED",
} as const satisfies Record<Code, string>;

/** The name of one of the 16 error codes, as gRPC spells it: `"NOT_FOUND"`. */
export type CodeName = (typeof NAMES)[Code];

const CODES = new Map<string, Code>(Object.entries(NAMES).map(([code, name]) => [name, Number(code) as Code]));

/** The name of a code. Spec: https://grpc.io/docs/guides/status-codes/ ("CANCELLED" is spelled with one L here). */
export function codeName(code: Code): CodeName {
  return NAMES[code];
}

/** The code of a name, or undefined for a name that is none. */
export function codeFromName(name: string): Code | undefined {
  return CODES.get(name);
}
