import type { EventEmitter } from "node:events";
import type { PeerCertificate } from "node:tls";
import type { DescMethod, DescService, Message } from "@bufbuild/protobuf";
import { type ContextValues, createContextKey, createContextValues, type HandlerContext } from "@connectrpc/connect";
import type { ServerUnaryCall, sendUnaryData } from "@grpc/grpc-js";
import { type AnyRequest, type CallBytes, callBytesKey, deadlineKey, responseHeaderKey, rpcError } from "@polywire/rpc";
import type { ActiveCalls } from "./active-calls.ts";
import { decode, encode, methodPath } from "./codec.ts";
import { toWire } from "./errors.ts";
import { sendable } from "./metadata.ts";
import { WireHeaders } from "./wire-headers.ts";

/** What grpc-js's four call objects have in common. */
export type WireCall = EventEmitter &
  Pick<
    ServerUnaryCall<unknown, Buffer>,
    "metadata" | "cancelled" | "getDeadline" | "getHost" | "getAuthContext" | "sendMetadata"
  >;

const callKey = createContextKey<ServerCall | undefined>(undefined, { description: "the grpc-js call" });

/**
 * The certificate that the caller has shown, when the server requires one. For interceptors (`request.contextValues`)
 * and handlers (`context.values`).
 */
export function peerCertificate(values: ContextValues): PeerCertificate | undefined {
  return values.get(callKey)?.peerCertificate;
}

// One for all: making an exception costs more than most calls.
const DONE = new DOMException("the call is done", "AbortError");

// A client's own timer is ahead of ours by the time that the call took to come here.
const CLIENT_AHEAD_MS = 20;

/**
 * One call being served, and the context its handler gets. What costs is made on first use: most calls never ask for
 * their signal, and few have headers to send.
 */
export class ServerCall implements HandlerContext, CallBytes {
  readonly service: DescService;
  readonly method: DescMethod;
  readonly requestMethod = "POST";
  readonly protocolName = "grpc";
  readonly requestHeader: Headers;
  readonly responseHeader: Headers = new WireHeaders();
  readonly responseTrailer: Headers = new WireHeaders();
  readonly values: ContextValues = createContextValues();
  /** When the caller stops waiting, epoch milliseconds. */
  readonly deadlineMs: number | undefined;
  /** The request as the interceptors get it; a handler that gets another one gets a context that fits. */
  request: AnyRequest | undefined;
  /** For {@link ActiveCalls}. */
  place = 0;
  received = 0;
  sent = 0;
  readonly #wire: WireCall;
  readonly #respond: sendUnaryData<Buffer> | undefined;
  readonly #active: ActiveCalls<ServerCall>;
  #controller: AbortController | undefined;
  #over = false;
  #encodedMessage: Message | undefined;
  #encodedBytes: Buffer | undefined;

  /** `respond` is grpc-js's callback for the one response of a call that does not stream them. */
  constructor(
    method: DescMethod,
    wire: WireCall,
    { active, respond }: { active: ActiveCalls<ServerCall>; respond?: sendUnaryData<Buffer> },
  ) {
    this.service = method.parent;
    this.method = method;
    this.requestHeader = new WireHeaders(wire.metadata);
    this.#wire = wire;
    this.#respond = respond;
    this.#active = active;
    const deadlineMs = Number(wire.getDeadline());
    this.deadlineMs = Number.isFinite(deadlineMs) ? deadlineMs : undefined;
    this.values.set(callKey, this);
    this.values.set(deadlineKey, this.deadlineMs);
    this.values.set(responseHeaderKey, this.responseHeader);
    this.values.set(callBytesKey, this);
    active.add(this);
  }

  /** The call that a request belongs to, also when interceptors have passed on a changed copy of it. */
  static of(request: AnyRequest): ServerCall {
    const call = request.contextValues.get(callKey);
    if (!call) throw new Error("an interceptor replaced the request's contextValues: set keys in them instead");
    return call;
  }

  get url(): string {
    return `http://${this.#wire.getHost()}${methodPath(this.method)}`;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#over) this.#controller.abort(DONE);
      else if (this.#wire.cancelled) this.#controller.abort(this.#cancelReason());
      else this.#wire.once("cancelled", () => this.cancel());
    }
    return this.#controller.signal;
  }

  /** What the client has shown and TLS has verified. */
  get peerCertificate(): PeerCertificate | undefined {
    return this.#wire.getAuthContext().sslPeerCertificate;
  }

  get timeoutMs(): () => number | undefined {
    return () => (this.deadlineMs === undefined ? undefined : this.deadlineMs - Date.now());
  }

  /** A request message. Throws MALFORMED_REQUEST for bytes that are none. */
  decode(bytes: Buffer): Message {
    this.received += bytes.byteLength;
    try {
      return decode(this.method.input, bytes);
    } catch {
      throw rpcError("MALFORMED_REQUEST", "the request message cannot be decoded");
    }
  }

  /** A response message. */
  encode(message: Message): Buffer {
    const ahead = this.#encodedBytes;
    // Not kept: whatever a call holds on to outlives its first garbage collection.
    this.#encodedBytes = undefined;
    if (ahead && this.#encodedMessage === message) return ahead;
    const bytes = encode(this.method.output, message);
    this.sent += bytes.byteLength;
    return bytes;
  }

  encodeNow(message: Message): void {
    this.#encodedBytes = this.encode(message);
    this.#encodedMessage = message;
  }

  /** Ends the call and aborts its signal. False when it had ended before: then there is nobody left to answer. */
  finish(reason: unknown = DONE): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#active.delete(this);
    this.#controller?.abort(reason);
    return true;
  }

  /**
   * Ends the call with an error, unless it has ended before. A method, because with a closure in a field of each call
   * (measured: `--trace-gc`, V8 13.6) every call outlives its first garbage collection.
   */
  fail(error: unknown): void {
    if (!this.finish(error)) return;
    this.sendHeader(this.responseHeader);
    const status = toWire(error, this.responseTrailer);
    // An "error" event is what grpc-js takes for the end with a status; `destroy(error)` would end without one.
    if (this.#respond) this.#respond(status);
    else this.#wire.emit("error", status);
  }

  /** Sends the header of the response, if there is anything in it. */
  sendHeader(header: Headers): void {
    const metadata = sendable(header);
    if (metadata) this.#wire.sendMetadata(metadata);
  }

  /** The client has left, or its deadline has passed; the engine has told it already. */
  cancel(): void {
    if (!this.#over) this.finish(this.#cancelReason());
  }

  #cancelReason(): Error {
    return this.deadlineMs !== undefined && Date.now() >= this.deadlineMs - CLIENT_AHEAD_MS
      ? rpcError("DEADLINE_PASSED", "the deadline passed before the call was done")
      : rpcError("CALL_CANCELLED", "the caller gave up");
  }
}
