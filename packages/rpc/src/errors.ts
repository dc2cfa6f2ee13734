import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema, RequestInfoSchema } from "@polywire/contract/google/rpc/error_details";
import {
  badRequestDetail,
  capDetails,
  ERROR_DOMAIN,
  type FieldViolation,
  MAX_DETAILS_BYTES,
  type OutgoingDetail,
  type Resource,
  resourceDetail,
  retryDetail,
} from "./details.ts";
import { REASONS, type Reason } from "./reasons.ts";

/** What an error may carry beside its reason and text. */
export interface RpcErrorOptions {
  /** Further google.rpc details. Those that do not fit into MAX_DETAILS_BYTES are left out. */
  details?: OutgoingDetail[];
  /** Facts for programs, in the ErrorInfo: `{ sku: "SKU-00042" }`. */
  metadata?: Record<string, string>;
  /** Try again no sooner than this. */
  retryAfterMs?: number;
  /** What it is about: a ResourceInfo, for FAILED_PRECONDITION a PreconditionFailure. */
  resource?: Resource;
  /** Why it happened, for the log only. */
  cause?: unknown;
}

/**
 * Makes an error that may reach a client: its code follows from the reason, and it carries a google.rpc.ErrorInfo
 * (AIP-193). The message is public: it says what is wrong and what to do, and nothing internal.
 */
export function rpcError(reason: Reason, message: string, options: RpcErrorOptions = {}): ConnectError {
  const info = { reason, domain: ERROR_DOMAIN, metadata: options.metadata ?? {} };
  const details: OutgoingDetail[] = [{ desc: ErrorInfoSchema, value: info }];
  if (options.retryAfterMs !== undefined) details.push(retryDetail(options.retryAfterMs));
  const { code } = REASONS[reason];
  if (options.resource) details.push(resourceDetail({ reason, code, description: message }, options.resource));
  if (options.details) details.push(...options.details);
  const text = message.length <= 1024 ? message : `${message.slice(0, 1023)}…`;
  return new ConnectError(text, code, undefined, capDetails(details), options.cause);
}

/** VALIDATION_FAILED with one google.rpc.BadRequest that lists the broken rules (as many as fit). */
export function badRequest(violations: readonly FieldViolation[]): ConnectError {
  const [first] = violations;
  const more = violations.length > 1 ? ` (and ${violations.length - 1} more)` : "";
  const message = first ? `${first.field || "the request"}: ${first.description}${more}` : "the request is invalid";
  // What is left after the ErrorInfo.
  return rpcError("VALIDATION_FAILED", message, { details: [badRequestDetail(violations, MAX_DETAILS_BYTES - 128)] });
}

/** What the normaliser may know about the call that failed. */
export interface FailedCall {
  /** The call's signal: its reason says whether the deadline passed or the caller left. */
  signal?: AbortSignal;
}

/**
 * The one normaliser at every edge: turns whatever was thrown into an error that may reach the client.
 * - An error with a reason of this system passes, a received one without its transport's metadata.
 * - What an abort caused becomes DEADLINE_PASSED or CALL_CANCELLED (or whatever error the signal was aborted with).
 * - Errors that transports make without a reason keep their code and get our text: their own may name hosts and ports.
 * - Anything else becomes INTERNAL with the request id; the cause is kept for the log only.
 */
export function publicError(error: unknown, requestId: string, call: FailedCall = {}): ConnectError {
  if (error instanceof ConnectError) {
    if (hasOwnReason(error)) return error.isWireError ? withoutWireMetadata(error) : error;
    const known = withoutReason(error, call);
    if (known) return known;
  } else if (isAbort(error, call)) {
    return abortError(error, call);
  }
  const details: OutgoingDetail[] = [{ desc: RequestInfoSchema, value: { requestId: requestId.slice(0, 128) } }];
  return rpcError("INTERNAL", "internal error", { details, cause: error });
}

/** Whether an error carries a reason of this system. */
function hasOwnReason(error: ConnectError): boolean {
  return error.findDetails(ErrorInfoSchema).some((info) => info.domain === ERROR_DOMAIN);
}

function withoutWireMetadata(error: ConnectError): ConnectError {
  const copy = new ConnectError(error.rawMessage, error.code, undefined, undefined, error);
  copy.details = capDetails(error.details);
  return copy;
}

function withoutReason(error: ConnectError, call: FailedCall): ConnectError | undefined {
  switch (error.code) {
    case Code.Canceled:
      return abortError(error, call);
    case Code.DeadlineExceeded:
      return deadlinePassed(error);
    case Code.Unavailable:
      return rpcError("UPSTREAM_UNAVAILABLE", "a service that this call needs cannot be reached; try again", {
        cause: error,
      });
    case Code.InvalidArgument:
      // A received one says that we sent nonsense to another service: our defect, not the caller's.
      return error.isWireError
        ? undefined
        : rpcError("MALFORMED_REQUEST", "the request cannot be decoded", { cause: error });
    case Code.ResourceExhausted:
      return error.isWireError
        ? undefined
        : rpcError("REQUEST_TOO_LARGE", "the request is larger than this server reads", { cause: error });
    case Code.Unimplemented:
      return error.isWireError
        ? undefined
        : rpcError("METHOD_NOT_AVAILABLE", "this server does not offer the method", { cause: error });
    default:
      return undefined;
  }
}

function isAbort(error: unknown, call: FailedCall): boolean {
  if (call.signal?.aborted && error === call.signal.reason) return true;
  return error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError");
}

function abortError(error: unknown, { signal }: FailedCall): ConnectError {
  const reason: unknown = signal?.aborted ? signal.reason : error;
  if (reason instanceof ConnectError) {
    if (hasOwnReason(reason)) return reason;
    if (reason.code === Code.DeadlineExceeded) return deadlinePassed(error);
  }
  if (reason instanceof Error && reason.name === "TimeoutError") return deadlinePassed(error);
  return rpcError("CALL_CANCELLED", "the caller gave up", { cause: error });
}

function deadlinePassed(cause: unknown): ConnectError {
  return rpcError("DEADLINE_PASSED", "the deadline passed before the call was done", { cause });
}
