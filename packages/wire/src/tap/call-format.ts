import { parseConnectTimeoutMs, readConnectCall } from "../connect/index.ts";
import { type HeaderList, headerValue } from "../core/header-list.ts";
import { type GrpcContentType, parseGrpcContentType, parseGrpcTimeoutMs } from "../grpc/index.ts";
import {
  type BodyReader,
  connectStreamBody,
  eventStreamBody,
  grpcBody,
  NO_MESSAGES,
  wholeBody,
} from "./body-readers.ts";
import type { CallStyle } from "./call-events.ts";

/** How the messages of one call are found, decided by the head of its request. */
export interface CallFormat {
  readonly style: CallStyle;
  readonly timeoutMs: number | null;
  /** The message that the address of a Connect GET holds. */
  readonly message?: Uint8Array;
  readonly request: BodyFormat;
  /** Decided by the head of the response. */
  response(head: ResponseHead): BodyFormat;
}

/** How one direction of a call is read. */
export interface BodyFormat {
  readonly codec: string;
  readonly reader: BodyReader;
}

interface RequestHead {
  readonly method: string;
  readonly path: string | null;
  readonly fields: HeaderList;
}

interface ResponseHead {
  readonly status: number | null;
  readonly fields: HeaderList;
}

/** Reads the head of a request. */
export function callFormat(head: RequestHead, maxMessageBytes: number): CallFormat {
  const grpc = parseGrpcContentType(headerValue(head.fields, "content-type") ?? "");
  if (grpc !== undefined) return grpcFormat(grpc, head, maxMessageBytes);
  if (headerValue(head.fields, "upgrade")?.toLowerCase() === "websocket") return WEBSOCKET;
  return connectFormat(head, maxMessageBytes) ?? httpFormat(head, maxMessageBytes);
}

/** Its messages come from frames, not from bodies. */
const WEBSOCKET: CallFormat = {
  style: "websocket",
  timeoutMs: null,
  request: { codec: "", reader: NO_MESSAGES },
  response: ({ fields }) => ({ codec: subprotocolCodec(fields), reader: NO_MESSAGES }),
};

/** The end of a subprotocol's name says the encoding. */
function subprotocolCodec(fields: HeaderList): string {
  const subprotocol = headerValue(fields, "sec-websocket-protocol") ?? "";
  return /\.(json|proto)$/.exec(subprotocol)?.[1] ?? subprotocol;
}

function grpcFormat(type: GrpcContentType, { fields }: RequestHead, maxMessageBytes: number): CallFormat {
  const { codec } = type;
  const reader = (list: HeaderList): BodyReader =>
    grpcBody({ ...type, encoding: headerValue(list, "grpc-encoding") ?? "identity", maxMessageBytes });
  return {
    style: type.format,
    timeoutMs: parseGrpcTimeoutMs(headerValue(fields, "grpc-timeout") ?? "") ?? null,
    request: { codec, reader: reader(fields) },
    response: (head) => ({ codec, reader: reader(head.fields) }),
  };
}

function connectFormat({ method, path, fields }: RequestHead, maxMessageBytes: number): CallFormat | undefined {
  const call = path === null ? undefined : readConnectCall({ method, path, fields });
  if (call === undefined) return undefined;
  const { kind, codec, timeoutMs = null, message } = call;
  const base = { style: "connect", timeoutMs, ...(message !== undefined && { message }) } as const;
  if (kind === "stream") {
    const stream = (direction: "request" | "response", list: HeaderList): BodyReader => {
      const encoding = headerValue(list, "connect-content-encoding") ?? "identity";
      return connectStreamBody({ direction, encoding, maxMessageBytes });
    };
    const response = (head: ResponseHead): BodyFormat => ({ codec, reader: stream("response", head.fields) });
    return { ...base, request: { codec, reader: stream("request", fields) }, response };
  }
  const whole = (list: HeaderList): BodyReader => bodyOf(list, { maxMessageBytes, mayBeEmpty: true });
  return {
    ...base,
    request: { codec, reader: kind === "get" ? NO_MESSAGES : whole(fields) },
    // A failure is told in JSON, whatever the codec of the call.
    response: (head) => ({ codec: head.status === 200 ? codec : "json", reader: whole(head.fields) }),
  };
}

function httpFormat({ fields }: RequestHead, maxMessageBytes: number): CallFormat {
  const whole = (list: HeaderList): BodyFormat => ({
    codec: headerValue(list, "content-type") ?? "",
    reader: bodyOf(list, { maxMessageBytes, mayBeEmpty: false }),
  });
  return {
    style: "http",
    timeoutMs: parseConnectTimeoutMs(headerValue(fields, "request-timeout-ms") ?? "") ?? null,
    request: whole(fields),
    response: (head) =>
      headerValue(head.fields, "content-type")?.startsWith("text/event-stream") === true
        ? { codec: "text/event-stream", reader: eventStreamBody(maxMessageBytes) }
        : whole(head.fields),
  };
}

function bodyOf(
  list: HeaderList,
  limits: { readonly maxMessageBytes: number; readonly mayBeEmpty: boolean },
): BodyReader {
  return wholeBody({ encoding: headerValue(list, "content-encoding") ?? "identity", ...limits });
}
