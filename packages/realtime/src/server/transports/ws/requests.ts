import { durationMs } from "@bufbuild/protobuf/wkt";
import type { ConnectError } from "@connectrpc/connect";
import type { Command, CommandReply } from "@polywire/contract/polywire/realtime/v1/frames";
import { type CallRecord, codeName, errorDetails, type Principal, publicError, rpcError } from "@polywire/rpc";
import type { Caller, ResolvedRealtimeServerOptions } from "../../options.ts";

/** What the requests of a connection need. */
export interface RequestsParts {
  /** Who calls; changes when the token is replaced. */
  identity: { readonly principal: Principal; readonly token: string };
  options: ResolvedRealtimeServerOptions;
  /** Aborts when the connection ends. */
  gone: AbortSignal;
  /** Answers a request that failed. `callId` names it in logs. */
  onError: (error: unknown, requestId: number, callId?: string) => void;
}

/** The requests of one connection that are in work. */
export interface Requests {
  /** Runs a request. What it throws is answered as an error; how it ended is logged as `ws/<kind>`. */
  start(requestId: number, kind: string, work: (caller: Caller) => Promise<void>): void;
  /** Runs a command with its deadline. */
  command(requestId: number, command: Command, reply: (reply: CommandReply) => void): void;
  /** Resolves when none is in work any more, or after `withinMs`. */
  finish(withinMs: number): Promise<void>;
}

interface Work {
  requestId: number;
  kind: string;
  timeoutMs: number;
}

/** Creates the bounded set of requests in work. */
export function createRequests({ identity, options, gone, onError }: RequestsParts): Requests {
  const { clock, maxRequestsInFlight } = options;
  const inWork = new Set<Promise<void>>();

  function run({ requestId, kind, timeoutMs }: Work, work: (caller: Caller, deadlineMs: number) => Promise<void>) {
    if (inWork.size >= maxRequestsInFlight) {
      const message = `at most ${maxRequestsInFlight} requests may be in work: wait for answers`;
      onError(rpcError("TOO_MANY_REQUESTS", message), requestId);
      return;
    }
    const callId = crypto.randomUUID();
    const method = `ws/${kind}`;
    options.meter.started(method);
    const deadlineMs = clock() + timeoutMs;
    const startedMs = performance.now();
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(deadlinePassed()), timeoutMs);
    const signal = AbortSignal.any([gone, deadline.signal]);
    const { principal, token } = identity;

    function done(error?: ConnectError) {
      clearTimeout(timer);
      inWork.delete(request);
      const record: CallRecord = {
        method,
        code: error === undefined ? "OK" : codeName(error.code),
        durationMs: performance.now() - startedMs,
        requestId: callId,
        subject: principal.subject,
        deadlineLeftMs: deadlineMs - clock(),
        ...failure(error),
      };
      options.callLog(record);
      options.meter.ended(record);
      if (error !== undefined && !gone.aborted) {
        onError(error, requestId, callId);
      }
    }

    const request = untilAborted(() => work({ principal, token, requestId: callId, signal }, deadlineMs), signal).then(
      () => done(),
      (error: unknown) => done(publicError(error, callId, { signal })),
    );
    inWork.add(request);
  }

  return {
    start: (requestId, kind, work) => run({ requestId, kind, timeoutMs: options.maxCommandTimeoutMs }, work),
    command(requestId, command, reply) {
      const askedMs = command.timeout === undefined ? options.commandTimeoutMs : durationMs(command.timeout);
      const timeoutMs = Math.min(askedMs, options.maxCommandTimeoutMs);
      run({ requestId, kind: command.call.case ?? "command", timeoutMs }, async (caller, deadlineMs) => {
        const result = await options.execute(command, { ...caller, deadlineMs, traceparent: undefined });
        if (!caller.signal.aborted) {
          reply(result);
        }
      });
    },
    async finish(withinMs) {
      const bound = Promise.withResolvers<void>();
      const timer = setTimeout(bound.resolve, withinMs);
      await Promise.race([Promise.allSettled(inWork), bound.promise]);
      clearTimeout(timer);
    },
  };
}

function failure(error: ConnectError | undefined): { reason?: string; cause?: unknown } {
  const reason = error === undefined ? undefined : errorDetails(error).reason;
  return { ...(reason === undefined ? {} : { reason }), ...(error === undefined ? {} : { cause: error.cause }) };
}

/** A promise that ends with the signal, whatever the work does. */
async function untilAborted<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work(), aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function deadlinePassed(): ConnectError {
  return rpcError("DEADLINE_PASSED", "the deadline passed before the request was done");
}
