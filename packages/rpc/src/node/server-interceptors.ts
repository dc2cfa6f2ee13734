import type { Interceptor } from "@connectrpc/connect";
import { Health } from "@polywire/contract/grpc/health/v1/health";
import { ServerReflection } from "@polywire/contract/grpc/reflection/v1/reflection";
import { ServerReflection as ServerReflectionAlpha } from "@polywire/contract/grpc/reflection/v1alpha/reflection";
import { accessLog, type CallLog } from "../interceptors/access-log.ts";
import { authentication } from "../interceptors/authentication.ts";
import { authorization, type MethodScopes } from "../interceptors/authorization.ts";
import { deadline } from "../interceptors/deadline.ts";
import { type CallMeter, metrics } from "../interceptors/metrics.ts";
import { type RateLimitOptions, rateLimit } from "../interceptors/rate-limit.ts";
import { recovery } from "../interceptors/recovery.ts";
import { requestId } from "../interceptors/request-id.ts";
import { serverTracing } from "../interceptors/tracing.ts";
import { validation } from "../interceptors/validation.ts";
import type { TokenVerifier } from "../principal.ts";
import { callScope } from "./call-scope.ts";

/** Options of {@link serverInterceptors}. */
export interface ServerInterceptorsOptions {
  /** Takes one record for each call. */
  log: CallLog;
  /** Counts calls. Default: nobody counts. */
  meter?: CallMeter;
  /** Checks bearer tokens. */
  verify: TokenVerifier;
  /** Services that need no token, by full name. Default: health, and reflection in both versions. */
  publicServices?: readonly string[];
  /** The methods that need a scope, and which one. Default: none does. */
  scopes?: MethodScopes;
  /** The longest a unary call may take, in milliseconds. Default: no bound but the caller's. */
  maxMs?: number;
  /** How many calls each caller may make, on all servers given these interceptors together. Default: any number. */
  rateLimit?: RateLimitOptions;
}

const PUBLIC_SERVICES = [Health, ServerReflection, ServerReflectionAlpha].map(({ typeName }) => typeName);

/** The interceptors of every server, outermost first. The engine itself guards outside of them. */
export function serverInterceptors(options: ServerInterceptorsOptions): Interceptor[] {
  const { log, meter, verify, publicServices = PUBLIC_SERVICES, scopes, maxMs } = options;
  return [
    // First, so that every answer names its call, refusals too.
    requestId,
    // Outside the log, so that what the log writes can be found by the call as well.
    callScope,
    // Outside the log, which names the trace; its span covers all that is done for the call.
    serverTracing,
    // Outside recovery, as the log is: what ends a call is counted as the client sees it.
    ...(meter ? [metrics({ meter })] : []),
    // Outside recovery: it sees what recovery made of a throw, with the cause that the client never sees.
    accessLog({ log }),
    // Around everything that may fail.
    recovery,
    // Before authentication, so that an expired call is refused for nothing and key fetches are bounded.
    deadline(maxMs === undefined ? {} : { maxMs }),
    // Before validation: a stranger's message is not worth checking.
    authentication({ verify, publicServices }),
    // After authentication, which knows who calls; before the rate, so that who may not call uses up nothing.
    ...(scopes ? [authorization({ scopes })] : []),
    // After authentication, which knows who calls; before validation, so that a refusal costs next to nothing.
    ...(options.rateLimit ? [rateLimit(options.rateLimit)] : []),
    // Innermost: handlers get only valid messages.
    validation(),
  ];
}
