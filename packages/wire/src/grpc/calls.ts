import { headerValue } from "../core/header-list.ts";
import type { WireError } from "../core/wire-error.ts";
import type { HeaderField } from "../hpack/index.ts";
import type { FrameEvent, HeadersEvent, Http2Event, Side, StreamEvent } from "../http2/index.ts";
import { type GrpcContentType, parseGrpcContentType } from "./content-type.ts";
import { createGrpcDecoder, type GrpcDecoder } from "./decoder.ts";
import type { GrpcEvent, GrpcMessageEvent } from "./events.ts";
import { type GrpcCallsOptions, resolveGrpcCallsOptions } from "./options.ts";
import { type GrpcStatus, readGrpcStatus } from "./status.ts";
import { parseGrpcTimeoutMs } from "./timeout.ts";

/** What a call shows on its HTTP/2 connection. */
export type GrpcCallEvent = { readonly streamId: number } & (
  | {
      readonly type: "call";
      /** `/package.Service/Method`; `null`: unknown, because the tap joined late. */
      readonly path: string | null;
      readonly contentType: GrpcContentType;
      /** What is left of the caller's deadline as `grpc-timeout` has it; `undefined`: none was sent. */
      readonly timeoutMs: number | undefined;
      readonly metadata: readonly HeaderField[];
    }
  | { readonly type: "message"; readonly from: Side; readonly message: GrpcMessageEvent }
  | { readonly type: "status"; readonly status: GrpcStatus }
  /** RST_STREAM; `errorCode` 8, CANCEL, is how a caller cancels and how a deadline ends a call. */
  | { readonly type: "reset"; readonly from: Side; readonly errorCode: number }
  /** The server's GOAWAY says that it never looked at the call. */
  | { readonly type: "refused" }
  | { readonly type: "error"; readonly from: Side; readonly error: WireError }
);

/** Turns what one HTTP/2 connection shows into gRPC and gRPC-Web calls. Streams of other content types are passed over. */
export interface GrpcCalls {
  /** Takes one event; returns what it means for a call. Never throws. */
  push(event: Http2Event): readonly GrpcCallEvent[];
  /** Calls under way, at most `maxCalls`. */
  readonly open: number;
}

/**
 * Creates a view of the calls of one connection.
 *
 * @throws RangeError when an option is out of its range.
 */
export function createGrpcCalls(options?: GrpcCallsOptions): GrpcCalls {
  const { maxCalls, maxMessageBytes } = resolveGrpcCallsOptions(options);
  const calls = new Map<number, Call>();
  return {
    get open() {
      return calls.size;
    },
    push(event) {
      if (event.type === "headers" && event.kind === "request") return begin(event);
      const call = calls.get(event.type === "frame" ? event.frame.streamId : event.streamId);
      if (call === undefined) return [];
      if (event.type === "frame") return data(call, event);
      if (event.type === "headers") return headers(call, event);
      return event.type === "stream" && event.state === "closed" ? close(call, event) : [];
    },
  };

  function begin({ streamId, block, endStream }: HeadersEvent): GrpcCallEvent[] {
    const metadata = block?.fields ?? [];
    const contentType = parseGrpcContentType(headerValue(metadata, "content-type") ?? "");
    if (contentType === undefined) return [];
    // Beyond the limit a call is told of once, without what follows.
    if (calls.size < maxCalls) {
      const decoder = createGrpcDecoder({ ...contentType, encoding: encodingOf(metadata), maxMessageBytes });
      calls.set(streamId, { streamId, decoders: { client: decoder, server: undefined } });
    }
    const timeout = headerValue(metadata, "grpc-timeout");
    const timeoutMs = typeof timeout === "string" ? parseGrpcTimeoutMs(timeout) : undefined;
    const path = headerValue(metadata, ":path") ?? null;
    const call: GrpcCallEvent = { type: "call", streamId, path, contentType, timeoutMs, metadata };
    return endStream ? [call, ...ended(calls.get(streamId), "client")] : [call];
  }

  function headers(call: Call, { from, kind, block, endStream }: HeadersEvent): GrpcCallEvent[] {
    const fields = block?.fields ?? [];
    if (kind === "response") {
      const contentType = parseGrpcContentType(headerValue(fields, "content-type") ?? "");
      call.decoders.server = createGrpcDecoder({ ...contentType, encoding: encodingOf(fields), maxMessageBytes });
    }
    const status = from === "server" ? readGrpcStatus(fields) : undefined;
    const events: GrpcCallEvent[] = endStream ? ended(call, from) : [];
    if (status !== undefined) events.push({ type: "status", streamId: call.streamId, status });
    return events;
  }

  function data(call: Call, { from, frame }: FrameEvent): GrpcCallEvent[] {
    if (frame.type !== "DATA") return [];
    const events = (call.decoders[from]?.push(frame.data) ?? []).flatMap((event) => forCall(call, from, event));
    return frame.endStream ? [...events, ...ended(call, from)] : events;
  }

  function close(call: Call, { from, because, errorCode = 0 }: StreamEvent): GrpcCallEvent[] {
    calls.delete(call.streamId);
    if (because === "reset") return [{ type: "reset", streamId: call.streamId, from, errorCode }];
    return because === "goaway" ? [{ type: "refused", streamId: call.streamId }] : [];
  }
}

interface Call {
  readonly streamId: number;
  readonly decoders: Record<Side, GrpcDecoder | undefined>;
}

function ended(call: Call | undefined, from: Side): GrpcCallEvent[] {
  if (call === undefined) return [];
  return (call.decoders[from]?.end() ?? []).flatMap((event) => forCall(call, from, event));
}

function forCall({ streamId }: Call, from: Side, event: GrpcEvent): GrpcCallEvent[] {
  if (event.type === "message") return [{ type: "message", streamId, from, message: event }];
  if (event.type === "error") return [{ type: "error", streamId, from, error: event.error }];
  return event.status === undefined ? [] : [{ type: "status", streamId, status: event.status }];
}

function encodingOf(fields: readonly HeaderField[]): string {
  return headerValue(fields, "grpc-encoding") ?? "identity";
}
