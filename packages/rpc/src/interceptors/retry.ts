import { MethodOptions_IdempotencyLevel as IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type Interceptor, type UnaryRequest } from "@connectrpc/connect";
import { deadlineKey } from "../call-context.ts";
import { errorDetails } from "../details.ts";
import { createRetryBudget, type RetryBudget, type RetryBudgetOptions } from "./retry-budget.ts";

/** Options of {@link retry}. The budget's are shared by all calls of one interceptor: use one for each server. */
export interface RetryOptions extends RetryBudgetOptions {
  /** Attempts of one call at most, the first one included; 1 retries nothing. Default: 3, few because hops multiply. */
  maxAttempts?: number;
  /** The first wait is random between 0 and this, in milliseconds; it doubles with each attempt. Default: 100. */
  initialBackoffMs?: number;
  /** What the doubling stops at, in milliseconds. Default: 1000. */
  maxBackoffMs?: number;
  /** The longest wait, in milliseconds; a server that asks for a longer one is not asked again. Default: 5000. */
  maxWaitMs?: number;
  /**
   * Whether repeating this request has no further effect although its method has no such `idempotency_level`: true for
   * one that carries an idempotency key. Default: never.
   */
  isIdempotent?: (request: UnaryRequest) => boolean;
  /** From 0 to below 1. Default: Math.random. */
  random?: () => number;
  /** Epoch milliseconds. Default: Date.now. */
  clock?: () => number;
  /** Waits so many milliseconds; rejects when the signal aborts. Default: a timer. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The header with the number of attempts before this one; absent on the first (gRFC A6, exposed retry metadata). */
export const PREVIOUS_ATTEMPTS_HEADER = "grpc-previous-rpc-attempts";

// A longer setTimeout fires at once.
const MAX_TIMER_MS = 2 ** 31 - 1;

type ResolvedRetryOptions = Required<Omit<RetryOptions, keyof RetryBudgetOptions>>;

/**
 * Repeats unary calls that failed for a reason that passes, after an exponential backoff with full jitter (gRFC A6).
 * For clients; streams are left to those who read them, because they know where to resume.
 *
 * Repeats only what has no further effect: methods whose `idempotency_level` says so, and requests that `isIdempotent`
 * vouches for. RetryInfo puts off the next attempt by at least its delay. The last error is the call's when the attempts
 * are used up, the retry budget is spent, or the wait would not end before the deadline (as far as `deadlineKey` tells
 * it; `withCallContext` sets it). A signal that aborts ends the wait with its reason.
 * Throws RangeError for bad options.
 * @see https://github.com/grpc/proposal/blob/master/A6-client-retries.md
 */
export function retry(options: RetryOptions = {}): Interceptor {
  const resolved = resolveRetryOptions(options);
  const budget = createRetryBudget(options);
  return (next) => (request) => (request.stream ? next(request) : attempts(request, next, { ...resolved, budget }));
}

async function attempts(
  request: UnaryRequest,
  next: ReturnType<Interceptor>,
  policy: ResolvedRetryOptions & { budget: RetryBudget },
) {
  for (let attempt = 1; ; attempt += 1) {
    if (attempt > 1) request.header.set(PREVIOUS_ATTEMPTS_HEADER, String(attempt - 1));
    try {
      const response = await next(request);
      policy.budget.succeeded();
      return response;
    } catch (error) {
      const failure = ConnectError.from(error);
      if (!mayPass(failure)) throw error;
      policy.budget.failed();
      const waitMs = backoffMs(failure, attempt, policy);
      const isWorthIt = attempt < policy.maxAttempts && policy.budget.allowsRetry() && isRepeatable(request, policy);
      if (!isWorthIt || waitMs > policy.maxWaitMs || waitMs >= leftMs(request, policy)) throw error;
      await policy.sleep(waitMs, request.signal);
    }
  }
}

/**
 * UNAVAILABLE always passes (docs/errors.md: retry with backoff). RESOURCE_EXHAUSTED and ABORTED pass only if the server
 * says when: a call that is over a rate or runs already under the same idempotency key has RetryInfo; a request that is
 * too large or names a stale version has none, and fails the same way again.
 */
function mayPass(error: ConnectError): boolean {
  switch (error.code) {
    case Code.Unavailable:
      return true;
    case Code.ResourceExhausted:
    case Code.Aborted:
      return errorDetails(error).retryAfterMs !== undefined;
    default:
      return false;
  }
}

function isRepeatable(request: UnaryRequest, { isIdempotent }: ResolvedRetryOptions): boolean {
  return request.method.idempotency !== IdempotencyLevel.IDEMPOTENCY_UNKNOWN || isIdempotent(request);
}

/** What the server asks for and the jitter on top: callers refused together are not to come back together. */
function backoffMs(error: ConnectError, attempt: number, policy: ResolvedRetryOptions): number {
  const boundMs = Math.min(policy.maxBackoffMs, policy.initialBackoffMs * 2 ** (attempt - 1));
  return Math.max(0, errorDetails(error).retryAfterMs ?? 0) + policy.random() * boundMs;
}

function leftMs({ contextValues }: UnaryRequest, { clock }: ResolvedRetryOptions): number {
  return (contextValues.get(deadlineKey) ?? Number.POSITIVE_INFINITY) - clock();
}

function resolveRetryOptions(options: RetryOptions): ResolvedRetryOptions {
  const {
    maxAttempts = 3,
    initialBackoffMs = 100,
    maxBackoffMs = 1000,
    maxWaitMs = 5000,
    isIdempotent = () => false,
    random = Math.random,
    clock = Date.now,
    sleep = timer,
  } = options;
  if (!(Number.isInteger(maxAttempts) && maxAttempts > 0)) {
    throw new RangeError(`retry: maxAttempts is ${maxAttempts}, expected a whole number above 0`);
  }
  for (const [name, value] of Object.entries({ initialBackoffMs, maxBackoffMs, maxWaitMs })) {
    if (value > 0 && value <= MAX_TIMER_MS) continue;
    throw new RangeError(`retry: ${name} is ${value}, expected more than 0 and at most ${MAX_TIMER_MS}`);
  }
  return { maxAttempts, initialBackoffMs, maxBackoffMs, maxWaitMs, isIdempotent, random, clock, sleep };
}

async function timer(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const handle = setTimeout(resolve, ms);
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await promise;
  } finally {
    clearTimeout(handle);
    signal.removeEventListener("abort", onAbort);
  }
}
