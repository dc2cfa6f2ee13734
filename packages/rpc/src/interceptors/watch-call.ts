import type { Message } from "@bufbuild/protobuf";
import { Code, ConnectError, type Interceptor, type StreamResponse, type UnaryResponse } from "@connectrpc/connect";
import type { AnyRequest } from "../call-context.ts";
import { type CodeName, codeName } from "../codes.ts";
import { type MessageTap, type StreamEnd, tapMessages } from "../messages.ts";

/** A response as interceptors see it. */
export type AnyResponse = UnaryResponse | StreamResponse;

/** Learns how a call ended: without an error, or with which one. `response` is that of a unary call that succeeded. */
export type CallEnd = (error: ConnectError | undefined, response?: UnaryResponse) => void;

/** What may be done with the messages of a stream's response on the way. */
export type ResponseTap = Pick<MessageTap<Message>, "around" | "onMessage">;

/**
 * Makes a call and tells `onEnd`, once, how it ended: a unary call when its response is there, a stream when its last
 * message has gone, its error is known (during iteration too), or its reader has left, which is the signal's reason if
 * it has one and CANCELED if not.
 */
export function watchCall(
  request: AnyRequest,
  next: ReturnType<Interceptor>,
  { onEnd, tap }: { onEnd: CallEnd; tap?: ResponseTap },
): Promise<AnyResponse> {
  const failed = (error: unknown): never => {
    onEnd(ConnectError.from(error));
    throw error;
  };
  const answered = (response: AnyResponse): AnyResponse => {
    if (response.stream) {
      return { ...response, message: tapMessages<Message>(response.message, { ...tap, onEnd: told(onEnd, request) }) };
    }
    try {
      onEnd(undefined, response);
      return response;
    } catch (error) {
      return failed(error);
    }
  };
  // Not `async`, which costs more: each call goes through several of these.
  return makeCall(request, next).then(answered, failed);
}

/** Rejects also where `next` throws at once. */
function makeCall(request: AnyRequest, next: ReturnType<Interceptor>): Promise<AnyResponse> {
  try {
    return next(request);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** `polywire.orders.v1.OrderService/GetOrder`. */
export function methodName({ service, method }: AnyRequest): string {
  return `${service.typeName}/${method.name}`;
}

/** The code of a call that ended so. */
export function endCode(error: ConnectError | undefined): CodeName | "OK" {
  return error === undefined ? "OK" : codeName(error.code);
}

function told(onEnd: CallEnd, request: AnyRequest): (end: StreamEnd) => void {
  return (end) => {
    switch (end.kind) {
      case "done":
        return onEnd(undefined);
      case "failed":
        return onEnd(ConnectError.from(end.error));
      case "left":
        return onEnd(ConnectError.from(request.signal.reason ?? new ConnectError("the reader left", Code.Canceled)));
    }
  };
}
