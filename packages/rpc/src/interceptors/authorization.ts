import type { DescMethod } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import { servedCall } from "../call-context.ts";
import { requireScope } from "../principal.ts";

/** The scope that a caller needs for a method. A method that is not in it is for everybody who may call at all. */
export type MethodScopes = ReadonlyMap<DescMethod, string>;

/**
 * Refuses calls (SCOPE_REQUIRED) of those whose token lacks the method's scope. Inside authentication, which finds the
 * principal. Whose things a method may touch is the service's business: it alone knows whose they are.
 */
export function authorization({ scopes }: { scopes: MethodScopes }): Interceptor {
  return (next) => (request) => {
    const scope = scopes.get(request.method);
    if (scope === undefined) return next(request);
    try {
      requireScope(servedCall(request).principal, scope);
    } catch (error) {
      return Promise.reject(error);
    }
    return next(request);
  };
}
