import { Code } from "@connectrpc/connect";

/** What a reason stands for: its code on every wire and one line for people. */
export interface ReasonEntry {
  code: Code;
  meaning: string;
}

/**
 * Every stable reason that an error of this system can carry (google.rpc.ErrorInfo, domain "polywire"), with the code
 * it has on every wire. Clients may branch on reasons; texts are for people and may change.
 */
export const REASONS = {
  VALIDATION_FAILED: { code: Code.InvalidArgument, meaning: "a field breaks a rule of the contract" },
  MALFORMED_REQUEST: { code: Code.InvalidArgument, meaning: "the request cannot be decoded" },
  UNSUPPORTED_MEDIA_TYPE: { code: Code.InvalidArgument, meaning: "the body is in a format the server does not read" },
  PAGE_TOKEN_INVALID: { code: Code.InvalidArgument, meaning: "the page token is not one this query gave out" },
  TOKEN_MISSING: { code: Code.Unauthenticated, meaning: "the call carries no bearer token" },
  TOKEN_INVALID: { code: Code.Unauthenticated, meaning: "the bearer token is not valid here" },
  TOKEN_EXPIRED: { code: Code.Unauthenticated, meaning: "the bearer token has expired" },
  SCOPE_REQUIRED: { code: Code.PermissionDenied, meaning: "the token lacks a scope that the call needs" },
  CHANNEL_FORBIDDEN: { code: Code.PermissionDenied, meaning: "the token does not allow listening to this channel" },
  ORIGIN_NOT_ALLOWED: { code: Code.PermissionDenied, meaning: "pages of this origin may not connect" },
  NOT_SUBSCRIBED: { code: Code.NotFound, meaning: "the connection is not subscribed to this channel" },
  ALREADY_SUBSCRIBED: { code: Code.AlreadyExists, meaning: "the connection is subscribed to this channel already" },
  ORDER_NOT_FOUND: { code: Code.NotFound, meaning: "there is no such order, or it belongs to somebody else" },
  EXPORT_NOT_FOUND: { code: Code.NotFound, meaning: "there is no such export, or it belongs to somebody else" },
  RESERVATION_NOT_FOUND: { code: Code.NotFound, meaning: "there is no such reservation" },
  UNKNOWN_SKU: { code: Code.NotFound, meaning: "the catalogue has no such SKU" },
  SERVICE_UNKNOWN: { code: Code.NotFound, meaning: "the health of such a service is not known here" },
  ROUTE_NOT_FOUND: { code: Code.NotFound, meaning: "there is nothing at this path" },
  OUT_OF_STOCK: { code: Code.FailedPrecondition, meaning: "the stock does not suffice" },
  NO_PRICE_IN_CURRENCY: { code: Code.FailedPrecondition, meaning: "the SKU has no price in that currency" },
  RESERVATION_EXPIRED: { code: Code.FailedPrecondition, meaning: "the reservation has run out" },
  RESERVATION_RELEASED: { code: Code.FailedPrecondition, meaning: "the reservation was given back" },
  ILLEGAL_STATUS_CHANGE: { code: Code.FailedPrecondition, meaning: "the order's status does not allow that change" },
  EXPORT_NOT_READY: { code: Code.FailedPrecondition, meaning: "the export is not written yet, or has failed" },
  HELLO_MISPLACED: { code: Code.FailedPrecondition, meaning: "a packing station says hello first, and only once" },
  ORDER_NOT_HELD: { code: Code.FailedPrecondition, meaning: "the order is not, or no longer, with this station" },
  STATION_LOST: { code: Code.Aborted, meaning: "the station was silent, or said hello in another call" },
  VERSION_MISMATCH: { code: Code.Aborted, meaning: "the resource has changed since the version given" },
  IDEMPOTENCY_KEY_IN_PROGRESS: { code: Code.Aborted, meaning: "a call with the same idempotency key is running" },
  IDEMPOTENCY_KEY_REUSED: { code: Code.AlreadyExists, meaning: "the idempotency key was used with another request" },
  RESERVATION_KEY_REUSED: { code: Code.AlreadyExists, meaning: "the reservation key was used with other lines" },
  REQUEST_TOO_LARGE: { code: Code.ResourceExhausted, meaning: "the request is larger than the server reads" },
  RESPONSE_TOO_LARGE: { code: Code.ResourceExhausted, meaning: "the response is larger than the server sends" },
  TOO_MANY_CONNECTIONS: { code: Code.ResourceExhausted, meaning: "the node has no room for another connection" },
  TOO_MANY_SUBSCRIPTIONS: { code: Code.ResourceExhausted, meaning: "the connection has its most subscriptions" },
  TOO_MANY_EXPORTS: { code: Code.ResourceExhausted, meaning: "the caller has its most exports" },
  TOO_MANY_REQUESTS: { code: Code.ResourceExhausted, meaning: "as many requests are in work as may be" },
  RATE_LIMITED: { code: Code.ResourceExhausted, meaning: "the caller makes more calls a second than it may" },
  DEADLINE_PASSED: { code: Code.DeadlineExceeded, meaning: "the deadline passed before the call was done" },
  CALL_CANCELLED: { code: Code.Canceled, meaning: "the caller gave up" },
  UPSTREAM_UNAVAILABLE: { code: Code.Unavailable, meaning: "a service that the call needs cannot be reached" },
  DRAINING: { code: Code.Unavailable, meaning: "this server is shutting down; another one will answer" },
  METHOD_NOT_AVAILABLE: { code: Code.Unimplemented, meaning: "this server does not offer the method" },
  METHOD_NOT_ALLOWED: { code: Code.Unimplemented, meaning: "the path does not take this HTTP method" },
  INTERNAL: { code: Code.Internal, meaning: "the server failed; its log knows why" },
} as const satisfies Record<string, ReasonEntry>;

/** A stable reason: one of the keys of {@link REASONS}. */
export type Reason = keyof typeof REASONS;

/** Whether a text is one of the reasons of this system. */
export function isReason(text: string): text is Reason {
  return Object.hasOwn(REASONS, text);
}
