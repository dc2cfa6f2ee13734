export { bearerChallenge } from "./challenge.ts";
export { type CorsOptions, cors } from "./cors.ts";
export { formatEtag, matchesIfNoneMatch, parseIfMatch } from "./etag.ts";
export { IDEMPOTENCY_KEY_HEADER, parseIdempotencyKey } from "./idempotency-key.ts";
export {
  fromProblem,
  PROBLEM_CONTENT_TYPE,
  PROBLEM_TYPE_PREFIX,
  type Problem,
  type ProblemFieldError,
  type ProblemResponse,
  type ToProblemOptions,
  toProblem,
} from "./problem.ts";
export { type ReadBodyOptions, readBody } from "./read-body.ts";
export { parseRequestTimeout, REQUEST_TIMEOUT_HEADER } from "./request-timeout.ts";
export { formatRetryAfter, parseRetryAfter } from "./retry-after.ts";
export { encodeSseEvent, encodeSseRetry, type SseEvent } from "./sse-event.ts";
export {
  CODE_BY_HTTP_STATUS,
  codeFromHttpStatus,
  HTTP_STATUS_BY_CODE,
  httpStatus,
  type StatusInput,
} from "./status.ts";
export { parseJsonObject, parseStrictJson, type StrictJsonOptions } from "./strict-json.ts";
