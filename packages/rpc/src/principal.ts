import { rpcError } from "./errors.ts";

/** Who calls, as the token says. */
export interface Principal {
  /** The customer or service: the token's `sub`. */
  subject: string;
  /** What the token allows beyond the subject's own things. */
  scopes: readonly string[];
}

/** A verified token's principal and when the token ends (epoch milliseconds). */
export interface VerifiedToken extends Principal {
  expiresAtMs: number;
}

/** Checks bearer tokens. */
export interface TokenVerifier {
  /** Rejects with TOKEN_INVALID, TOKEN_EXPIRED, or UPSTREAM_UNAVAILABLE when the keys cannot be had. */
  (token: string, signal?: AbortSignal): Promise<VerifiedToken>;
  /** What is known of a token without any waiting: undefined for one that has to be checked. */
  known?(token: string): VerifiedToken | undefined;
}

/** Throws SCOPE_REQUIRED unless the principal holds the scope. */
export function requireScope(principal: Principal | undefined, scope: string): void {
  if (principal?.scopes.includes(scope)) return;
  throw rpcError("SCOPE_REQUIRED", `this call needs a token with the scope ${scope}`, { metadata: { scope } });
}
