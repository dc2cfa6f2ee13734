import { constants, type ServerHttp2Stream } from "node:http2";
import { type ServerInterceptingCall, type ServerInterceptor, status } from "@grpc/grpc-js";
import { type Reason, rpcError } from "@polywire/rpc";
import { toWire } from "./errors.ts";
import type { ResolvedGrpcServerOptions } from "./options.ts";

type ServerInterceptingCallInterface = Parameters<ServerInterceptor>[1];
type Status = Parameters<ServerInterceptingCall["sendStatus"]>[0];

/**
 * Corrects what grpc-js itself tells both sides: OK has no text, errors get their reasons, a stream of requests that breaks
 * off does not end, and a request of one message that does not arrive is given up. It replaces methods on the call, because
 * grpc-js calls them on itself, past all interceptors.
 */
export function engineCorrections({
  errorReasons,
  requestTimeoutMs,
}: Pick<ResolvedGrpcServerOptions, "errorReasons" | "requestTimeoutMs">): ServerInterceptor {
  return ({ requestStream }, call) => {
    const { sendStatus } = call;
    call.sendStatus = (sent) => {
      if (sent.code !== status.OK) return sendStatus.call(call, errorReasons ? withReason(sent) : sent);
      // Made by grpc-js for this one use.
      sent.details = "";
      sendStatus.call(call, sent);
    };
    if (requestStream) endOnlyWhenComplete(call);
    else giveUpAfter(requestTimeoutMs, call);
    return call as ServerInterceptingCall;
  };
}

/** Before its message no handler runs, so that nothing but the client's own deadline would end the call. */
function giveUpAfter(timeoutMs: number, call: ServerInterceptingCallInterface): void {
  const { start } = call;
  call.start = (listener) => {
    const timer = setTimeout(
      () => call.sendStatus({ code: status.DEADLINE_EXCEEDED, details: "the request did not arrive in time" }),
      timeoutMs,
    );
    const { onReceiveHalfClose, onCancel } = listener;
    listener.onReceiveHalfClose = () => {
      clearTimeout(timer);
      onReceiveHalfClose.call(listener);
    };
    listener.onCancel = () => {
      clearTimeout(timer);
      onCancel.call(listener);
    };
    start.call(call, listener);
  };
}

/** Node ends the readable side of a reset stream as if it were complete, and grpc-js passes that on. */
function endOnlyWhenComplete(call: ServerInterceptingCallInterface): void {
  const { start } = call;
  // The only way to the stream's reset code.
  const { stream } = call as unknown as { stream: ServerHttp2Stream };
  call.start = (listener) => {
    const { onReceiveHalfClose } = listener;
    listener.onReceiveHalfClose = () => {
      if (stream.rstCode === constants.NGHTTP2_NO_ERROR && !stream.aborted) onReceiveHalfClose.call(listener);
    };
    start.call(call, listener);
  };
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
