import type { Side } from "../core/side.ts";
import type { WireError } from "../core/wire-error.ts";
import type { DecodedMessage } from "../protobuf/index.ts";

/** How a call is put into HTTP. `websocket` is a whole connection from its handshake on, `http` is everything that is none of the others: REST, GraphQL, a page. */
export type CallStyle = "connect" | "grpc" | "grpc-web" | "grpc-web-text" | "http" | "websocket";

interface OfCall {
  /** The stream of HTTP/2, or the number of the request on a connection of HTTP/1.1: unique on its connection. */
  readonly call: number;
}

/** A caller has asked. */
export interface CallStarted extends OfCall {
  readonly type: "call";
  readonly style: CallStyle;
  /** Of HTTP. */
  readonly method: string;
  /** With the query; of an RPC `/package.Service/Method`. `null`: unknown, because the tap joined late. */
  readonly path: string | null;
  /** How the caller's messages are encoded: `proto`, `json`, or the content type where the style is `http`. */
  readonly codec: string;
  /** `x-request-id`, by which a call is found again on other connections. */
  readonly requestId: string | null;
  /**
   * What is left of the caller's deadline, as `grpc-timeout`, `connect-timeout-ms` or `request-timeout-ms` has it;
   * `null`: none was sent.
   */
  readonly timeoutMs: number | null;
}

/**
 * A message of a call: one of a stream, or the body of a request or response that has no framing of its own. A copy of its
 * properties (`{ ...message }`) has neither `payload` nor `decoded`, and `decoded` is called on the message.
 */
export interface CallMessage extends OfCall {
  readonly type: "message";
  readonly from: Side;
  /** Counted from 0 in this direction. */
  readonly index: number;
  /** Bytes of the message on the wire, without framing. */
  readonly length: number;
  /** Bytes of framing around it: 5 for an envelope, 0 for a body. */
  readonly framingBytes: number;
  readonly compressed: boolean;
  /** Decompressed, put together when it is first read. `null`: an error says why, or the tap has forgotten its bytes. */
  readonly payload: Uint8Array | null;
  /** How it is encoded: `proto`, `json`, or a content type. */
  readonly codec: string;
  /** Its type by the registry; `null`: unknown. */
  readonly typeName: string | null;
  /** The fields, for protobuf of a known type; decoded when asked for, because that costs more than all the rest. */
  decoded(): DecodedMessage | undefined;
}

/** The server has begun to answer. */
export interface CallAnswered extends OfCall {
  readonly type: "answer";
  readonly httpStatus: number | null;
  /** `x-request-id`, which servers and proxies tell callers who sent none. */
  readonly requestId: string | null;
}

/** The server has ended the call. */
export interface CallEnded extends OfCall {
  readonly type: "end";
  readonly httpStatus: number | null;
  /** Canonical code of an RPC, for example `NOT_FOUND`; of `http` the status as text, of `websocket` the close code. */
  readonly code: string;
  /** For people; may be empty. */
  readonly message: string;
  /** `x-request-id` in trailers, where failures may have it. */
  readonly requestId: string | null;
}

/** The call was given up before its end. */
export interface CallCancelled extends OfCall {
  readonly type: "cancel";
  /** Who gave up; `null`: unknown, because the connection broke. */
  readonly from: Side | null;
  /** Of RST_STREAM or GOAWAY; `null`: the connection was closed. */
  readonly errorCode: number | null;
}

/** Bytes that break the format of the call's messages, or exceed a limit. */
export interface CallError extends OfCall {
  readonly type: "error";
  readonly from: Side;
  readonly error: WireError;
}

/** What happens to a call on one connection, the same for every protocol. */
export type CallEvent = CallAnswered | CallCancelled | CallEnded | CallError | CallMessage | CallStarted;
