import type { Message } from "@bufbuild/protobuf";
import type { HandlerContext, StreamRequest, StreamResponse, UnaryRequest, UnaryResponse } from "@connectrpc/connect";
import { type AnyRequest, rpcError } from "@polywire/rpc";
import { MALFORMED } from "./codec.ts";
import type { ServerCall } from "./server-call.ts";

/** A response as interceptors see it. */
export type AnyResponse = UnaryResponse | StreamResponse;

/*
 * The signal of a request is an accessor of its own: it is made only when somebody asks, and
 * `{ ...request, message }`, as interceptors write it, has it too.
 */

/** The request of a unary call. That its bytes were malformed shows where the message is first looked at. */
export function unaryRequest(call: ServerCall, message: unknown): UnaryRequest {
  const request = {
    stream: false,
    service: call.service,
    method: call.method,
    requestMethod: call.requestMethod,
    contextValues: call.values,
    message,
    url: call.url,
    header: call.requestHeader,
    get signal() {
      return call.signal;
    },
  };
  if (message === MALFORMED) {
    Object.defineProperty(request, "message", { enumerable: true, get: () => checked(message) });
  }
  call.request = request as unknown as UnaryRequest;
  return call.request;
}

/** The request of a call that streams either way. */
export function streamRequest(call: ServerCall, message: AsyncIterable<Message>): StreamRequest {
  const request = {
    stream: true,
    service: call.service,
    method: call.method,
    requestMethod: call.requestMethod,
    contextValues: call.values,
    message,
    url: call.url,
    header: call.requestHeader,
    get signal() {
      return call.signal;
    },
  };
  call.request = request as unknown as StreamRequest;
  return call.request;
}

/** What the handler has answered. */
export function response(call: ServerCall, message: Message | AsyncIterable<Message>): AnyResponse {
  const answer = {
    stream: call.method.methodKind !== "unary",
    service: call.service,
    method: call.method,
    message,
    header: call.responseHeader,
    trailer: call.responseTrailer,
  };
  return answer as unknown as AnyResponse;
}

/** The handler's context for a request that an interceptor has changed. */
export function changedContext(call: ServerCall, request: AnyRequest): HandlerContext {
  return {
    service: call.service,
    method: call.method,
    requestMethod: call.requestMethod,
    protocolName: call.protocolName,
    url: request.url,
    signal: request.signal,
    requestHeader: request.header,
    values: request.contextValues,
    timeoutMs: call.timeoutMs,
    responseHeader: call.responseHeader,
    responseTrailer: call.responseTrailer,
  };
}

/** A received message, or MALFORMED_REQUEST for one whose bytes could not be decoded. */
export function checked(message: unknown): Message {
  if (message === MALFORMED) throw rpcError("MALFORMED_REQUEST", "the request message cannot be decoded");
  return message as Message;
}
