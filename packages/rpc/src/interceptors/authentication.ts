import type { Interceptor } from "@connectrpc/connect";
import { type AnyRequest, servedCall } from "../call-context.ts";
import { rpcError } from "../errors.ts";
import type { TokenVerifier } from "../principal.ts";

/** Options of {@link authentication}. */
export interface AuthenticationOptions {
  /** Checks the bearer token. */
  verify: TokenVerifier;
  /** Services that need no token, by full name. Default: `grpc.health.v1.Health`. */
  publicServices?: readonly string[];
}

const BEARER = /^bearer +(\S+)$/i;

/** Lets a call through only with a valid bearer token (RFC 6750, section 2.1), and notes whose it is. */
export function authentication(options: AuthenticationOptions): Interceptor {
  const { verify, publicServices = ["grpc.health.v1.Health"] } = options;
  const open = new Set(publicServices);
  return (next) => async (request) => {
    if (!open.has(request.service.typeName)) await identify(request, verify);
    return next(request);
  };
}

/** The token of an Authorization header. Throws TOKEN_MISSING without the header, TOKEN_INVALID for another form. */
export function bearerToken(authorization: string | null | undefined): string {
  if (authorization === null || authorization === undefined) {
    throw rpcError("TOKEN_MISSING", "this call needs a token: send the header `authorization: Bearer <token>`");
  }
  const token = BEARER.exec(authorization)?.[1];
  if (token === undefined) {
    throw rpcError("TOKEN_INVALID", "the authorization header is not of the form `Bearer <token>`");
  }
  return token;
}

async function identify(request: AnyRequest, verify: TokenVerifier): Promise<void> {
  const token = bearerToken(request.header.get("authorization"));
  const call = servedCall(request);
  call.principal = verify.known?.(token) ?? (await verify(token, call.signal));
  call.token = token;
}
