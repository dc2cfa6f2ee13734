import { type ServerInterceptingCall, type ServerInterceptor, status } from "@grpc/grpc-js";
import { type Reason, rpcError } from "@polywire/rpc";
import { toWire } from "./errors.ts";

type Status = Parameters<ServerInterceptingCall["sendStatus"]>[0];

/**
 * Corrects the statuses that grpc-js itself ends calls with: OK has no text, and errors are passed through `describe`.
 * It replaces `sendStatus` on the call, because grpc-js calls that on itself, past all interceptors.
 */
export function engineStatus(describe: (status: Status) => Status): ServerInterceptor {
  return (_definition, call) => {
    const { sendStatus } = call;
    call.sendStatus = (sent) =>
      sendStatus.call(call, sent.code === status.OK ? { ...sent, details: "" } : describe(sent));
    return call as ServerInterceptingCall;
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
