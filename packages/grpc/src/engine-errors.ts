import { type ServerInterceptingCall, type ServerInterceptor, status } from "@grpc/grpc-js";
import { type Reason, rpcError } from "@polywire/rpc";
import { CallListener, type EngineCall, type EngineListener } from "./call-listener.ts";
import { toWire } from "./errors.ts";
import type { ResolvedGrpcServerOptions } from "./options.ts";

type Status = Parameters<ServerInterceptingCall["sendStatus"]>[0];

/**
 * Corrects what grpc-js itself tells both sides: OK has no text, errors get their reasons, and {@link CallListener}. It
 * replaces methods on the call, because grpc-js calls them on itself, past all interceptors. With the same functions for
 * every call, because whatever a call holds is kept as long as its stream.
 */
export function engineCorrections({
  errorReasons,
  requestTimeoutMs,
}: Pick<ResolvedGrpcServerOptions, "errorReasons" | "requestTimeoutMs">): ServerInterceptor {
  function sendStatus(this: EngineCall, sent: Status): void {
    // Made by grpc-js for this one use.
    if (sent.code === status.OK) sent.details = "";
    original(this).sendStatus.call(this, sent.code !== status.OK && errorReasons ? withReason(sent) : sent);
  }
  function start(this: EngineCall, listener: EngineListener): void {
    original(this).start.call(this, new CallListener(this, listener));
  }
  function startInTime(this: EngineCall, listener: EngineListener): void {
    original(this).start.call(this, new CallListener(this, listener, requestTimeoutMs));
  }
  return ({ requestStream }, base) => {
    const call = base as EngineCall;
    call.sendStatus = sendStatus;
    call.start = requestStream ? start : startInTime;
    return call as unknown as ServerInterceptingCall;
  };
}

/** The methods that this file has replaced. */
function original(call: EngineCall): EngineCall {
  return Object.getPrototypeOf(call) as EngineCall;
}

/**
 * Gives the errors that grpc-js itself ends calls with (limits, deadline, broken compression) the reasons they have on
 * every other wire.
 */
function withReason(sent: Status): Status {
  // Our own errors carry metadata.
  if (sent.metadata) return sent;
  const [reason, message] = engineReason(sent.code ?? status.UNKNOWN, sent.details ?? "") ?? [];
  return reason && message ? toWire(rpcError(reason, message)) : sent;
}

function engineReason(code: status, details: string): [Reason, string] | undefined {
  switch (code) {
    case status.DEADLINE_EXCEEDED:
      return ["DEADLINE_PASSED", "the deadline passed before the call was done"];
    case status.RESOURCE_EXHAUSTED:
      return details.startsWith("Sent")
        ? ["RESPONSE_TOO_LARGE", "the response is larger than this server sends; ask for less"]
        : ["REQUEST_TOO_LARGE", "a request message is larger than this server reads"];
    case status.INTERNAL:
      if (details.startsWith("Invalid grpc-timeout")) return ["MALFORMED_REQUEST", "grpc-timeout cannot be read"];
      return details.startsWith("Failed to decompress")
        ? ["MALFORMED_REQUEST", "the request message cannot be decompressed"]
        : ["INTERNAL", "internal error"];
    default:
      return undefined;
  }
}
