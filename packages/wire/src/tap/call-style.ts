import { parseConnectTimeoutMs, readConnectCall } from "../connect/index.ts";
import { type HeaderList, headerValue } from "../core/header-list.ts";
import { parseGrpcContentType, parseGrpcTimeoutMs } from "../grpc/index.ts";
import { type BodyReader, connectStreamBody, grpcBody, PASSED_OVER, wholeBody } from "./body-readers.ts";
import type { CallStyle } from "./call-events.ts";

/** How the messages of one call are found, decided by the head of its request. */
export interface CallFormat {
  readonly style: CallStyle;
  readonly codec: string;
  readonly timeoutMs: number | null;
  /** The message that the address of a Connect GET holds. */
  readonly message: Uint8Array | undefined;
  readonly request: BodyReader;
  /** Decided by the head of the response. */
  response(head: { readonly status: number | null; readonly fields: HeaderList }): BodyReader;
}

/** The head of a request. */
interface Head {
  readonly method: string;
  readonly path: string | null;
  readonly fields: HeaderList;
}

/** Reads the head of a request. */
export function callFormat({ method, path, fields }: Head, maxMessageBytes: number): CallFormat {
  const contentType = headerValue(fields, "content-type") ?? "";
  const grpc = parseGrpcContentType(contentType);
  if (grpc !== undefined) {
    const reader = (list: HeaderList): BodyReader =>
      grpcBody({ ...grpc, encoding: headerValue(list, "grpc-encoding") ?? "identity", maxMessageBytes });
    return {
      style: grpc.format,
      codec: grpc.codec,
      timeoutMs: parseGrpcTimeoutMs(headerValue(fields, "grpc-timeout") ?? "") ?? null,
      message: undefined,
      request: reader(fields),
      response: (head) => reader(head.fields),
    };
  }
  const connect = path === null ? undefined : readConnectCall({ method, path, fields });
  const whole = (list: HeaderList, mayBeEmpty: boolean): BodyReader =>
    wholeBody({ encoding: headerValue(list, "content-encoding") ?? "identity", maxMessageBytes, mayBeEmpty });
  if (connect === undefined) {
    return {
      style: "http",
      codec: contentType,
      timeoutMs: parseConnectTimeoutMs(headerValue(fields, "request-timeout-ms") ?? "") ?? null,
      message: undefined,
      request: whole(fields, false),
      response: (head) => (isEventStream(head.fields) ? PASSED_OVER : whole(head.fields, false)),
    };
  }
  const stream = (direction: "request" | "response", list: HeaderList): BodyReader =>
    connectStreamBody({
      direction,
      encoding: headerValue(list, "connect-content-encoding") ?? "identity",
      maxMessageBytes,
    });
  const isStream = connect.kind === "stream";
  return {
    style: "connect",
    codec: connect.codec,
    timeoutMs: connect.timeoutMs ?? null,
    message: connect.message,
    request: isStream ? stream("request", fields) : whole(fields, connect.kind === "unary"),
    response: (head) => (isStream && head.status === 200 ? stream("response", head.fields) : whole(head.fields, true)),
  };
}

function isEventStream(fields: HeaderList): boolean {
  return headerValue(fields, "content-type")?.startsWith("text/event-stream") ?? false;
}
