import type { Interceptor } from "@connectrpc/connect";
import { type AnyRequest, servedCall } from "../call-context.ts";
import { rpcError } from "../errors.ts";
import { forgetOldest } from "../forget-oldest.ts";

/** Options of {@link rateLimit}. */
export interface RateLimitOptions {
  /** Calls a second that each caller may go on making. */
  perSecond: number;
  /** Calls that a caller who was quiet may make at once. Default: what `perSecond` gives in a second, at least 1. */
  burst?: number;
  /**
   * Callers remembered, so that strangers cannot fill the memory; the one not seen for longest is forgotten first, and
   * starts anew. Default: 10,000, less than 2 MB for subjects that are UUIDs.
   */
  maxCallers?: number;
  /**
   * Names the peer of a call without a principal, by its address for instance. Default: all such calls count as one
   * caller's, because engines do not tell interceptors the address; health probes share it with strangers then.
   */
  peer?: (request: AnyRequest) => string;
  /** Milliseconds that never go back. Default: performance.now. */
  clock?: () => number;
}

/**
 * Refuses calls (RATE_LIMITED, with RetryInfo until the next one may pass) of a caller who makes too many: a token
 * bucket for each principal's subject, or each peer where there is no principal. A stream counts once. Counts for
 * all methods of all servers that are given the same interceptor. Inside authentication, which finds the principal.
 * Throws RangeError for bad options.
 *
 * The bucket is kept as the one number of the generic cell rate algorithm, the time at which it is full again.
 * @see https://www.itu.int/rec/T-REC-I.371
 */
export function rateLimit(options: RateLimitOptions): Interceptor {
  const { perSecond, burst, maxCallers, peer, clock } = resolveRateLimitOptions(options);
  const intervalMs = 1000 / perSecond;
  // In the order of use, the latest last.
  const fullAtMs = new Map<string, number>();

  /** Takes a token: 0, or the milliseconds until there is one. */
  const take = (caller: string): number => {
    const nowMs = clock();
    const fullMs = Math.max(fullAtMs.get(caller) ?? nowMs, nowMs);
    const waitMs = fullMs - (burst - 1) * intervalMs - nowMs;
    fullAtMs.delete(caller);
    fullAtMs.set(caller, waitMs > 0 ? fullMs : fullMs + intervalMs);
    forgetOldest(fullAtMs, maxCallers);
    return Math.max(0, Math.ceil(waitMs));
  };

  return (next) => (request) => {
    const { principal } = servedCall(request);
    const retryAfterMs = take(principal ? `subject ${principal.subject}` : `peer ${peer(request)}`);
    if (retryAfterMs === 0) return next(request);
    return Promise.reject(
      rpcError("RATE_LIMITED", "too many calls in a short time; try again later", { retryAfterMs }),
    );
  };
}

function resolveRateLimitOptions(options: RateLimitOptions): Required<RateLimitOptions> {
  const { perSecond, maxCallers = 10_000, peer = () => "", clock = () => performance.now() } = options;
  const { burst = Math.max(1, Math.floor(perSecond)) } = options;
  if (!(perSecond > 0 && perSecond < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`rateLimit: perSecond is ${perSecond}, expected a number above 0`);
  }
  for (const [name, value] of Object.entries({ burst, maxCallers })) {
    if (Number.isInteger(value) && value > 0) continue;
    throw new RangeError(`rateLimit: ${name} is ${value}, expected a whole number above 0`);
  }
  return { perSecond, burst, maxCallers, peer, clock };
}
