import { forgetOldest } from "../forget-oldest.ts";
import type { VerifiedToken } from "../principal.ts";

/** Options of {@link createTokenCache}. */
export interface TokenCacheOptions {
  /** How many verified tokens to remember; the longest unused goes first. Default: 1,000. 0: none. */
  maxCachedTokens?: number;
  /** How long a verified token is believed without looking at the keys again, in milliseconds. Default: 60,000. */
  cacheMs?: number;
}

/** Tokens that have been verified lately. */
export interface TokenCache {
  /** The token, unless it has to be verified: unknown, expired, or not looked at for too long. */
  get(token: string): VerifiedToken | undefined;
  add(token: string, verified: VerifiedToken): void;
}

/** Remembers verified tokens, least recently used out first. */
export function createTokenCache(options: TokenCacheOptions, clock: () => number): TokenCache {
  const { maxCachedTokens = 1000, cacheMs = 60_000 } = options;
  const tokens = new Map<string, { verified: VerifiedToken; believedUntilMs: number }>();
  let newest: string | undefined;
  return {
    get(token) {
      const cached = tokens.get(token);
      if (!cached) return undefined;
      if (cached.believedUntilMs <= clock()) {
        tokens.delete(token);
        return undefined;
      }
      if (token !== newest) {
        // A Map keeps the order of insertion.
        tokens.delete(token);
        tokens.set(token, cached);
        newest = token;
      }
      return cached.verified;
    },
    add(token, verified) {
      tokens.set(token, { verified, believedUntilMs: Math.min(verified.expiresAtMs, clock() + cacheMs) });
      newest = token;
      forgetOldest(tokens, maxCachedTokens);
    },
  };
}
