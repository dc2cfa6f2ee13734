/** Options of {@link createRetryBudget}. */
export interface RetryBudgetOptions {
  /**
   * Tokens of a full budget; it starts full, and half of them is the threshold below which nothing is retried.
   * Default: 10, as in gRFC A6.
   */
  maxTokens?: number;
  /** Tokens that a call which succeeds gives back. Default: 0.1, so that about one call in ten may be a retry. */
  tokenRatio?: number;
}

/** Whether the server that calls go to is well enough to be asked again. */
export interface RetryBudget {
  /** Counts an attempt that succeeded. */
  succeeded(): void;
  /** Counts an attempt that failed in a way that could be retried. */
  failed(): void;
  /** Whether more than half of the tokens are left. */
  allowsRetry(): boolean;
}

/**
 * Creates a budget that keeps retries from burying a server that is down already: when most calls fail, each gets its
 * one attempt and no more. Throws RangeError for options that are not above 0.
 * @see https://github.com/grpc/proposal/blob/master/A6-client-retries.md#throttling-retry-attempts-and-hedged-rpcs
 */
export function createRetryBudget(options: RetryBudgetOptions = {}): RetryBudget {
  const { maxTokens = 10, tokenRatio = 0.1 } = options;
  for (const [name, value] of Object.entries({ maxTokens, tokenRatio })) {
    if (!(value > 0)) throw new RangeError(`retry: ${name} is ${value}, expected more than 0`);
  }
  let tokens = maxTokens;
  return {
    succeeded: () => {
      tokens = Math.min(maxTokens, tokens + tokenRatio);
    },
    failed: () => {
      tokens = Math.max(0, tokens - 1);
    },
    allowsRetry: () => tokens > maxTokens / 2,
  };
}
