/** Writes Retry-After in whole seconds (RFC 9110 §10.2.3), rounded up so that nobody comes back too early; at least 1. */
export function formatRetryAfter(retryAfterMs: number): string {
  return String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
}

/**
 * Reads Retry-After, seconds or an HTTP date, as milliseconds from `nowMs` (epoch milliseconds). `undefined` when absent
 * or malformed; a date that has passed is 0.
 */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) {
    return undefined;
  }
  if (/^\d{1,9}$/.test(header)) {
    return Number(header) * 1000;
  }
  const dateMs = HTTP_DATE.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}

// IMF-fixdate (RFC 9110 §5.6.7), the only form senders may generate. Date.parse alone takes almost anything.
const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
