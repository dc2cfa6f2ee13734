import { constants, type ServerHttp2Stream } from "node:http2";
import { type ServerInterceptingCall, type ServerInterceptor, status } from "@grpc/grpc-js";
import { type Reason, rpcError } from "@polywire/rpc";
import { toWire } from "./errors.ts";

type ServerInterceptingCallInterface = Parameters<ServerInterceptor>[1];
type Status = Parameters<ServerInterceptingCall["sendStatus"]>[0];

/**
 * Corrects what grpc-js itself tells both sides: OK has no text, errors are passed through `describe`, and a stream of
 * requests that breaks off does not end. It replaces methods on the call, because grpc-js calls them on itself, past
 * all interceptors.
 */
export function engineCorrections(describe: (status: Status) => Status): ServerInterceptor {
  return ({ requestStream }, call) => {
    const { sendStatus } = call;
    call.sendStatus = (sent) => {
      if (sent.code !== status.OK) return sendStatus.call(call, describe(sent));
      // Made by grpc-js for this one use.
      sent.details = "";
      sendStatus.call(call, sent);
    };
    if (requestStream) endOnlyWhenComplete(call);
    return call as ServerInterceptingCall;
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
export function withReason(sent: Status): Status {
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
      return details.startsWith("Failed to decompress")
        ? ["MALFORMED_REQUEST", "the request message cannot be decompressed"]
        : ["INTERNAL", "internal error"];
    default:
      return undefined;
  }
}
