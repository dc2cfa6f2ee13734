import type { Interceptor } from "@connectrpc/connect";
import { type AnyRequest, servedCall } from "../call-context.ts";
import { rpcError } from "../errors.ts";
import type { Principal, TokenVerifier } from "../principal.ts";

/** Options of {@link authentication}. */
export interface AuthenticationOptions {
  /** Checks the bearer token. */
  verify: TokenVerifier;
  /** Services that need no token, by full name. Default: none. */
  publicServices?: readonly string[];
}

const SCHEME = "bearer ";

/** Lets a call through only with a valid bearer token (RFC 6750, section 2.1), and notes whose it is. */
export function authentication(options: AuthenticationOptions): Interceptor {
  const { verify, publicServices = [] } = options;
  const open = new Set(publicServices);
  return (next) => (request) => {
    if (open.has(request.service.typeName)) return next(request);
    try {
      const verifying = identify(request, verify);
      return verifying ? verifying.then(() => next(request)) : next(request);
    } catch (error) {
      return Promise.reject(error);
    }
  };
}

/** The token of an Authorization header. Throws TOKEN_MISSING without the header, TOKEN_INVALID for another form. */
export function bearerToken(authorization: string | null | undefined): string {
  if (authorization === null || authorization === undefined) {
    throw rpcError("TOKEN_MISSING", "this call needs a token: send the header `authorization: Bearer <token>`");
  }
  const token = authorization.slice(SCHEME.length).trim();
  if (token === "" || authorization.slice(0, SCHEME.length).toLowerCase() !== SCHEME) {
    throw rpcError("TOKEN_INVALID", "the authorization header is not of the form `Bearer <token>`");
  }
  return token;
}

/** Notes whose token it is; without a promise when the verifier knows it already. */
function identify(request: AnyRequest, verify: TokenVerifier): Promise<void> | undefined {
  const token = bearerToken(request.header.get("authorization"));
  const call = servedCall(request);
  const note = (principal: Principal) => {
    call.principal = principal;
    call.token = token;
  };
  const known = verify.known?.(token);
  if (!known) return verify(token, call.signal).then(note);
  note(known);
  return undefined;
}
