import { readConnectFailure } from "../connect/index.ts";
import { NO_BYTES } from "../core/bytes.ts";
import { type HeaderList, headerValue } from "../core/header-list.ts";
import type { Side } from "../core/side.ts";
import { readGrpcStatus } from "../grpc/index.ts";
import type { DecodedMessage, ProtobufView } from "../protobuf/index.ts";
import type { BodyMessage, BodyPiece } from "./body-readers.ts";
import type { CallEvent, CallMessage } from "./call-events.ts";
import { type BodyFormat, type CallFormat, callFormat } from "./call-format.ts";
import type { ExchangePart } from "./exchange.ts";

/** Turns the exchanges of one connection into calls. */
export interface CallView {
  /** Takes one part; returns what it means for its call. Never throws. */
  push(part: ExchangePart): readonly CallEvent[];
  /** The connection is gone, ended first by this side, and with it every call that is open. */
  close(from: Side | null): readonly CallEvent[];
}

/** What {@link createCallView} is told. */
export interface CallViewOptions {
  readonly protobuf: ProtobufView | undefined;
  readonly websocketTypes: ((subprotocol: string) => MessageTypes | undefined) | undefined;
  readonly maxCalls: number;
  readonly maxMessageBytes: number;
}

/** Fully qualified type names of what each side sends. */
export type MessageTypes = Readonly<Record<Side, string>>;

interface Call {
  readonly id: number;
  readonly format: CallFormat;
  readonly messages: Record<Side, number>;
  types: MessageTypes | undefined;
  response: BodyFormat | undefined;
  httpStatus: number | null;
  trailerId: string | null;
  outcome: { readonly code: string; readonly message: string } | undefined;
}

/** Creates a view; calls beyond `maxCalls` at once are not followed. */
export function createCallView({ protobuf, websocketTypes, maxCalls, maxMessageBytes }: CallViewOptions): CallView {
  const calls = new Map<number, Call>();
  return {
    push(part) {
      if (part.type === "request") return begin(part);
      const call = calls.get(part.id);
      if (call === undefined) return [];
      switch (part.type) {
        case "response":
          return answer(call, part);
        case "body":
          return read(call, part.from, formatOf(call, part.from)?.reader.push(part.data));
        case "message":
          return [message(call, part.from, part)];
        case "trailers":
          call.outcome = grpcOutcome(call, part.fields) ?? call.outcome;
          call.trailerId = headerValue(part.fields, "x-request-id") ?? null;
          return [];
        case "end":
          // The answer to the handshake of a WebSocket is not the end of it.
          return call.httpStatus === 101 ? [] : end(call, part);
        case "closed":
          calls.delete(call.id);
          return [
            {
              type: "end",
              call: call.id,
              httpStatus: 101,
              code: String(part.code ?? 1005),
              message: part.reason,
              requestId: null,
            },
          ];
        case "reset":
          calls.delete(call.id);
          return [{ type: "cancel", call: call.id, from: part.from, errorCode: part.errorCode }];
      }
    },
    close(from) {
      const open = [...calls.keys()];
      calls.clear();
      return open.map((call) => ({ type: "cancel", call, from, errorCode: null }));
    },
  };

  function begin({ id, method, path, fields }: ExchangePart & { readonly type: "request" }): CallEvent[] {
    if (calls.size >= maxCalls) return [];
    const format = callFormat({ method, path, fields }, maxMessageBytes);
    const call: Call = {
      id,
      format,
      messages: { client: 0, server: 0 },
      types: path === null || format.style === "http" ? undefined : methodTypes(path),
      response: undefined,
      httpStatus: null,
      trailerId: null,
      outcome: undefined,
    };
    calls.set(id, call);
    const { style, timeoutMs, message: payload } = format;
    const { codec } = format.request;
    const requestId = headerValue(fields, "x-request-id") ?? null;
    const started: CallEvent = { type: "call", call: id, style, method, path, codec, requestId, timeoutMs };
    if (payload === undefined) return [started];
    const asked = { length: payload.length, compressed: false, payload };
    const piece: BodyPiece = { type: "message", framingBytes: 0, message: asked };
    return [started, ...read(call, "client", [piece])];
  }

  function methodTypes(path: string): MessageTypes | undefined {
    const types = protobuf?.methodTypes(path.split("?", 1)[0] ?? "");
    return types && { client: types.input, server: types.output };
  }

  function answer(call: Call, { status, fields }: ExchangePart & { readonly type: "response" }): CallEvent[] {
    call.response = call.format.response({ status, fields });
    if (status === 101) call.types = websocketTypes?.(headerValue(fields, "sec-websocket-protocol") ?? "");
    call.httpStatus = status;
    call.outcome = grpcOutcome(call, fields);
    const requestId = headerValue(fields, "x-request-id") ?? null;
    return [{ type: "answer", call: call.id, httpStatus: status, requestId }];
  }

  function end(call: Call, { from, complete }: ExchangePart & { readonly type: "end" }): CallEvent[] {
    const events = read(call, from, formatOf(call, from)?.reader.end());
    if (from === "client") return events;
    calls.delete(call.id);
    if (!complete) return [...events, { type: "cancel", call: call.id, from, errorCode: null }];
    const { code, message } = call.outcome ?? outcomeByStatus(call);
    return [
      ...events,
      { type: "end", call: call.id, httpStatus: call.httpStatus, code, message, requestId: call.trailerId },
    ];
  }

  function read(call: Call, from: Side, pieces: readonly BodyPiece[] = []): CallEvent[] {
    const events: CallEvent[] = [];
    for (const piece of pieces) {
      if (piece.type === "error") events.push({ type: "error", call: call.id, from, error: piece.error });
      else if (piece.type === "outcome") call.outcome = { code: canonical(piece.code), message: piece.message };
      else events.push(message(call, from, piece));
    }
    return events;
  }

  function message(call: Call, from: Side, { framingBytes, message: body }: MessagePiece): CallEvent {
    const { format } = call;
    const codec = (format.style === "websocket" ? call.response : formatOf(call, from))?.codec ?? "";
    const failed = format.style === "connect" && from === "server" && call.httpStatus !== 200;
    if (failed) call.outcome ??= connectOutcome(body.payload);
    const typeName = failed ? null : (call.types?.[from] ?? null);
    const place = { call: call.id, from, index: call.messages[from]++, framingBytes };
    return new MessageOfCall(place, body, { codec, typeName, protobuf });
  }
}

type MessagePiece = Omit<BodyPiece & { readonly type: "message" }, "type">;

/** A class, because an object literal with an accessor costs V8 a hidden class each. */
class MessageOfCall implements CallMessage {
  readonly type = "message";
  readonly call: number;
  readonly from: Side;
  readonly index: number;
  readonly length: number;
  readonly framingBytes: number;
  readonly compressed: boolean;
  readonly codec: string;
  readonly typeName: string | null;
  readonly #body: BodyMessage;
  readonly #protobuf: ProtobufView | undefined;

  constructor(
    { call, from, index, framingBytes }: Pick<CallMessage, "call" | "from" | "index" | "framingBytes">,
    body: BodyMessage,
    { codec, typeName, protobuf }: Pick<CallMessage, "codec" | "typeName"> & Pick<CallViewOptions, "protobuf">,
  ) {
    this.call = call;
    this.from = from;
    this.index = index;
    this.length = body.length;
    this.framingBytes = framingBytes;
    this.compressed = body.compressed;
    this.codec = codec;
    this.typeName = typeName;
    this.#body = body;
    this.#protobuf = protobuf;
  }

  get payload(): Uint8Array | null {
    return this.#body.payload;
  }

  decoded(): DecodedMessage | undefined {
    if (this.typeName === null || this.codec !== "proto") return undefined;
    const { payload } = this;
    return payload === null ? undefined : this.#protobuf?.decode(this.typeName, payload);
  }
}

function formatOf(call: Call, from: Side): BodyFormat | undefined {
  return from === "client" ? call.format.request : call.response;
}

/** The status in trailers, or in a head that is trailers too. */
function grpcOutcome({ format }: Call, fields: HeaderList): Call["outcome"] {
  if (!format.style.startsWith("grpc")) return undefined;
  const status = readGrpcStatus(fields);
  return status && { code: status.name, message: status.message };
}

function connectOutcome(payload: Uint8Array | null): Call["outcome"] {
  const failure = readConnectFailure(payload ?? NO_BYTES);
  return failure && { code: canonical(failure.code), message: failure.message };
}

function outcomeByStatus({ format, httpStatus }: Call): { readonly code: string; readonly message: string } {
  if (format.style === "http") return { code: String(httpStatus ?? "unknown"), message: "" };
  return { code: format.style === "connect" && httpStatus === 200 ? "OK" : "UNKNOWN", message: "" };
}

/** Connect spells `not_found` what gRPC spells `NOT_FOUND`, and has one l fewer in `canceled`. */
function canonical(code: string): string {
  return code === "canceled" ? "CANCELLED" : code.toUpperCase();
}
