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
import { createTokenCache, type TokenCacheOptions } from "./cache.ts";

/** Options of {@link createTokenVerifier}: either `jwksUrl` or `keys`. */
export interface TokenVerifierOptions extends TokenCacheOptions {
  /** Where the issuer publishes its keys (RFC 7517). Fetched when first needed and again for an unknown key. */
  jwksUrl?: string | URL;
  /** The keys themselves. */
  keys?: JSONWebKeySet;
  /** Expected `iss`. Default: "polywire-dev". */
  issuer?: string;
  /** Expected `aud`. Default: "polywire". */
  audience?: string;
  /** How long one fetch of the keys may take, in milliseconds. Default: 2,000. The call's deadline bounds it too. */
  fetchTimeoutMs?: number;
  /** Epoch milliseconds. Default: Date.now. */
  clock?: () => number;
}

// Longer ones do not fit into the headers that other stacks accept.
const MAX_TOKEN_CHARACTERS = 8192;

/**
 * Verifies EdDSA tokens (RFC 8037). A token seen before is believed for `cacheMs`, and never beyond its `exp`:
 * a signature check costs more than the rest of a call.
 */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { clock = Date.now } = options;
  const verifySignature = signatureVerifier(options, clock);
  const cache = createTokenCache(options, clock);
  const verify: TokenVerifier = async (token, signal) => {
    const known = cache.get(token);
    if (known) return known;
    const verified = await untilAborted(verifySignature(token), signal);
    cache.add(token, verified);
    return verified;
  };
  return Object.assign(verify, { known: cache.get });
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
