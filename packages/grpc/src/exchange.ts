import type { DescMethod, DescService, Message } from "@bufbuild/protobuf";
import type { ContextValues, HandlerContext, StreamResponse, UnaryResponse } from "@connectrpc/connect";
import type { AnyRequest } from "@polywire/rpc";
import { ServerCall } from "./server-call.ts";

/** A response as interceptors see it. */
export type AnyResponse = UnaryResponse | StreamResponse;

/**
 * A request as interceptors see it. Its signal is made only when somebody asks. It is an accessor of the class, because
 * object literals with accessors cost V8 a hidden class each, that is several kilobytes a call; see {@link complete}.
 */
class ServerRequest {
  readonly stream: boolean;
  readonly service: DescService;
  readonly method: DescMethod;
  readonly requestMethod: string;
  readonly url: string;
  readonly header: Headers;
  readonly contextValues: ContextValues;
  readonly message: unknown;

  constructor(call: ServerCall, message: unknown) {
    this.stream = call.method.methodKind !== "unary";
    this.service = call.service;
    this.method = call.method;
    this.requestMethod = call.requestMethod;
    this.url = call.url;
    this.header = call.requestHeader;
    this.contextValues = call.values;
    this.message = message;
  }

  get signal(): AbortSignal {
    return ServerCall.of(this as unknown as AnyRequest).signal;
  }
}

/** The request of a unary call. That its bytes were malformed shows where the message is first looked at. */
export function unaryRequest(call: ServerCall, bytes: Buffer): AnyRequest {
  call.request = decodedRequest(call, bytes) as unknown as AnyRequest;
  return call.request;
}

function decodedRequest(call: ServerCall, bytes: Buffer): ServerRequest {
  try {
    return new ServerRequest(call, call.decode(bytes));
  } catch (error) {
    const get = () => {
      throw error;
    };
    return Object.defineProperty(new ServerRequest(call, undefined), "message", { enumerable: true, get });
  }
}

/** The request of a call that streams either way. */
export function streamRequest(call: ServerCall, message: AsyncIterable<Message>): AnyRequest {
  call.request = new ServerRequest(call, message) as unknown as AnyRequest;
  return call.request;
}

/** A request with its signal also when an interceptor has passed on a copy: `{ ...request, message }` leaves it behind. */
export function complete(request: AnyRequest): AnyRequest {
  if (request instanceof ServerRequest || request.signal) return request;
  return { ...(request as AnyRequest), signal: ServerCall.of(request).signal };
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
