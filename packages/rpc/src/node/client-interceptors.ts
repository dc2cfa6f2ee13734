import type { Interceptor } from "@connectrpc/connect";
import { type CallMeter, metrics } from "../interceptors/metrics.ts";
import { type RetryOptions, retry } from "../interceptors/retry.ts";
import { clientTracing } from "../interceptors/tracing.ts";

/** Options of {@link clientInterceptors}. */
export interface ClientInterceptorsOptions {
  /** How calls are repeated. Default: as `retry` does. */
  retry?: RetryOptions;
  /** Counts attempts. Default: nobody counts. */
  meter?: CallMeter;
}

/**
 * The interceptors of every client of another service, outermost first; one set for each server, because the budget of
 * retries is that server's. Outside of all of them comes the deadline: `withCallContext` around the transport refuses a
 * call that has no time left, and gives the others what is left, once for all attempts.
 */
export function clientInterceptors(options: ClientInterceptorsOptions = {}): Interceptor[] {
  return [
    // One span for the call as its maker sees it, waits between attempts included.
    clientTracing,
    retry(options.retry),
    // Inside retry: what the other side is asked to do is attempts, and an attempt that failed is no secret.
    ...(options.meter ? [metrics({ meter: options.meter })] : []),
  ];
}
