import { Code } from "@connectrpc/connect";

/**
 * The WWW-Authenticate field of an error, required on every 401 (RFC 9110 §15.5.2). RFC 6750 §3.1: a request without a
 * token is told no error code; a bad token is `invalid_token`, a missing scope `insufficient_scope`. `undefined` for
 * errors that have nothing to do with the token.
 */
export function bearerChallenge(code: Code, reason: string | undefined): string | undefined {
  if (reason === "SCOPE_REQUIRED") {
    return `${REALM}, error="insufficient_scope"`;
  }
  if (code !== Code.Unauthenticated) {
    return undefined;
  }
  return reason === "TOKEN_MISSING" ? REALM : `${REALM}, error="invalid_token"`;
}

const REALM = 'Bearer realm="polywire"';
