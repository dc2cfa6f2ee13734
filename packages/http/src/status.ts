import { Code } from "@connectrpc/connect";

/**
 * The HTTP status of each code, when its reason asks for no other one (`httpStatus` decides). Total over the 16 codes.
 *
 * FAILED_PRECONDITION is 409 and not Google's 400: here it always says that the state of a resource is in the way
 * (RFC 9110 §15.5.10), which the caller can not mend by rewriting the request. 499 is nginx's "client closed request".
 */
export const HTTP_STATUS_BY_CODE: Readonly<Record<Code, number>> = {
  [Code.Canceled]: 499,
  [Code.Unknown]: 500,
  [Code.InvalidArgument]: 400,
  [Code.DeadlineExceeded]: 504,
  [Code.NotFound]: 404,
  [Code.AlreadyExists]: 409,
  [Code.PermissionDenied]: 403,
  [Code.ResourceExhausted]: 429,
  [Code.FailedPrecondition]: 409,
  [Code.Aborted]: 409,
  [Code.OutOfRange]: 400,
  [Code.Unimplemented]: 501,
  [Code.Internal]: 500,
  [Code.Unavailable]: 503,
  [Code.DataLoss]: 500,
  [Code.Unauthenticated]: 401,
};

/** The reasons with an HTTP status of their own, because HTTP names their case more exactly than their code does. */
const STATUS_BY_REASON: Readonly<Record<string, number>> = {
  METHOD_NOT_ALLOWED: 405,
  REQUEST_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  IDEMPOTENCY_KEY_REUSED: 422,
  RESERVATION_KEY_REUSED: 422,
};

/** What `httpStatus` looks at. */
export interface StatusInput {
  /** The canonical code. */
  code: Code;
  /** The stable reason, when the error has one. */
  reason?: string | undefined;
  /** Whether the request carried `If-Match`. Default: false. */
  conditional?: boolean | undefined;
}

/**
 * The HTTP status of an error: by its reason where HTTP has a more exact status, by its code otherwise. A stale version
 * is 412 when the request carried `If-Match` (RFC 9110 §13.1.1) and 409 when it named the version in its body.
 */
export function httpStatus({ code, reason, conditional = false }: StatusInput): number {
  if (reason === "VERSION_MISMATCH" && conditional) {
    return 412;
  }
  const ofReason =
    reason !== undefined && Object.hasOwn(STATUS_BY_REASON, reason) ? STATUS_BY_REASON[reason] : undefined;
  return ofReason ?? HTTP_STATUS_BY_CODE[code];
}

/**
 * The code of each HTTP status that proxies, load balancers and other servers answer without a problem document. Not the
 * inverse of `HTTP_STATUS_BY_CODE`: several codes share a status.
 */
export const CODE_BY_HTTP_STATUS: Readonly<Record<number, Code>> = {
  400: Code.InvalidArgument,
  401: Code.Unauthenticated,
  403: Code.PermissionDenied,
  404: Code.NotFound,
  405: Code.Unimplemented,
  408: Code.DeadlineExceeded,
  409: Code.Aborted,
  410: Code.NotFound,
  412: Code.Aborted,
  413: Code.ResourceExhausted,
  414: Code.InvalidArgument,
  415: Code.InvalidArgument,
  422: Code.InvalidArgument,
  428: Code.FailedPrecondition,
  429: Code.ResourceExhausted,
  431: Code.ResourceExhausted,
  499: Code.Canceled,
  500: Code.Internal,
  501: Code.Unimplemented,
  502: Code.Unavailable,
  503: Code.Unavailable,
  504: Code.DeadlineExceeded,
};

/** The code of an HTTP status whose body says nothing. Total: UNKNOWN for a status that tells nothing about the cause. */
export function codeFromHttpStatus(status: number): Code {
  return CODE_BY_HTTP_STATUS[status] ?? Code.Unknown;
}
