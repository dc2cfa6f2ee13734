export {
  type AnyRequest,
  acceptRequestId,
  acceptTraceparent,
  type CallBytes,
  type CallContext,
  callBytesKey,
  deadlineKey,
  responseHeaderKey,
  type ServedCall,
  servedCall,
} from "./call-context.ts";
export { type CodeName, codeFromName, codeName } from "./codes.ts";
export {
  ERROR_DOMAIN,
  type ErrorDetails,
  errorDetails,
  type FieldViolation,
  MAX_DETAILS_BYTES,
  type OutgoingDetail,
} from "./details.ts";
export { badRequest, type FailedCall, publicError, type RpcErrorOptions, rpcError } from "./errors.ts";
export { createHealth, type HealthRegistry, type ServingState } from "./health.ts";
export { accessLog, type CallLog, type CallRecord } from "./interceptors/access-log.ts";
export { type AuthenticationOptions, authentication, bearerToken } from "./interceptors/authentication.ts";
export { authorization, type MethodScopes } from "./interceptors/authorization.ts";
export { type DeadlineOptions, deadline } from "./interceptors/deadline.ts";
export { type CallMeter, type MeteredCall, metrics } from "./interceptors/metrics.ts";
export { type RateLimitOptions, rateLimit } from "./interceptors/rate-limit.ts";
export { recovery } from "./interceptors/recovery.ts";
export { REQUEST_ID_HEADER, requestId } from "./interceptors/request-id.ts";
export { PREVIOUS_ATTEMPTS_HEADER, type RetryOptions, retry } from "./interceptors/retry.ts";
export type { RetryBudgetOptions } from "./interceptors/retry-budget.ts";
export { clientTracing, serverTracing } from "./interceptors/tracing.ts";
export { validateMessage, validation, warmUpValidation } from "./interceptors/validation.ts";
export { type MessageTap, type StreamEnd, tapMessages } from "./messages.ts";
export { type Principal, requireScope, type TokenVerifier, type VerifiedToken } from "./principal.ts";
export { isReason, REASONS, type Reason, type ReasonEntry } from "./reasons.ts";
export { withReflection } from "./reflection.ts";
export { implement, type ServiceRegistration } from "./registration.ts";
export { parseTimeout } from "./timeout.ts";
export {
  createTokenIssuer,
  generateTokenKey,
  type TokenIssuer,
  type TokenIssuerOptions,
  type TokenRequest,
} from "./tokens/issuer.ts";
export { createTokenVerifier, type TokenVerifierOptions } from "./tokens/verifier.ts";
