import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from "jose";
import { rpcError } from "../errors.ts";
import type { TokenVerifier, VerifiedToken } from "../principal.ts";

/** Options of {@link createTokenVerifier}: either `jwksUrl` or `keys`. */
export interface TokenVerifierOptions {
  /** Where the issuer publishes its keys (RFC 7517). Fetched when first needed and again for an unknown key. */
  jwksUrl?: string | URL;
  /** The keys themselves. */
  keys?: JSONWebKeySet;
  /** Expected `iss`. Default: "polywire-dev". */
  issuer?: string;
  /** Expected `aud`. Default: "polywire". */
  audience?: string;
  /** How many verified tokens to remember; the longest unused goes first. Default: 1,000. 0: none. */
  maxCachedTokens?: number;
  /** How long a verified token is believed without looking at the keys again, in milliseconds. Default: 60,000. */
  cacheMs?: number;
  /** How long one fetch of the keys may take, in milliseconds. Default: 2,000. The call's deadline bounds it too. */
  fetchTimeoutMs?: number;
  /** Epoch milliseconds. Default: Date.now. */
  clock?: () => number;
}

interface CachedToken {
  verified: VerifiedToken;
  believedUntilMs: number;
}

// Longer ones do not fit into the headers that other stacks accept.
const MAX_TOKEN_CHARACTERS = 8192;

/**
 * Verifies EdDSA tokens (RFC 8037). A token seen before is believed for `cacheMs`, and never beyond its `exp`:
 * a signature check costs more than the rest of a call.
 */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { maxCachedTokens = 1000, cacheMs = 60_000, clock = Date.now } = options;
  const verifySignature = signatureVerifier(options, clock);
  const cache = new Map<string, CachedToken>();
  return async (token, signal) => {
    const cached = cache.get(token);
    const nowMs = clock();
    if (cached) {
      cache.delete(token);
      if (cached.verified.expiresAtMs <= nowMs) throw rpcError("TOKEN_EXPIRED", "the token has expired: get a new one");
      if (cached.believedUntilMs > nowMs) {
        cache.set(token, cached);
        return cached.verified;
      }
    }
    const verified = await untilAborted(verifySignature(token), signal);
    if (maxCachedTokens > 0) {
      cache.set(token, { verified, believedUntilMs: nowMs + cacheMs });
      for (const oldest of cache.keys()) {
        if (cache.size <= maxCachedTokens) break;
        cache.delete(oldest);
      }
    }
    return verified;
  };
}

function signatureVerifier(options: TokenVerifierOptions, clock: () => number) {
  const { issuer = "polywire-dev", audience = "polywire" } = options;
  const keys = keySource(options);
  return async (token: string): Promise<VerifiedToken> => {
    if (token.length > MAX_TOKEN_CHARACTERS) throw rpcError("TOKEN_INVALID", "the token is too long");
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: ["EdDSA"],
        requiredClaims: ["sub", "exp"],
        currentDate: new Date(clock()),
      });
      return toVerified(payload);
    } catch (error) {
      throw tokenError(error);
    }
  };
}

function keySource({ jwksUrl, keys, fetchTimeoutMs = 2000 }: TokenVerifierOptions): JWTVerifyGetKey {
  if (keys && !jwksUrl) return createLocalJWKSet(keys);
  if (jwksUrl && !keys) return createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: fetchTimeoutMs });
  throw new TypeError("createTokenVerifier: give either jwksUrl or keys");
}

function toVerified({ sub = "", exp = 0, scope }: JWTPayload): VerifiedToken {
  const scopes = typeof scope === "string" ? scope.split(" ").filter((name) => name !== "") : [];
  return { subject: sub, scopes, expiresAtMs: exp * 1000 };
}

function tokenError(error: unknown) {
  if (error instanceof errors.JWTExpired) {
    return rpcError("TOKEN_EXPIRED", "the token has expired: get a new one", { cause: error });
  }
  // The base class itself says that the key server answered nonsense; fetch throws TypeError when it cannot be reached.
  const keysFailed =
    error instanceof errors.JWKSTimeout ||
    error instanceof TypeError ||
    (error as Error).constructor === errors.JOSEError;
  if (keysFailed) {
    return rpcError("UPSTREAM_UNAVAILABLE", "the token cannot be checked right now; try again", { cause: error });
  }
  return rpcError("TOKEN_INVALID", "the token is not valid here: get a new one", { cause: error });
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener("abort", onAbort));
}
