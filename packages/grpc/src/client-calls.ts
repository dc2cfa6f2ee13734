import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  type StreamRequest,
  type StreamResponse,
  type UnaryRequest,
  type UnaryResponse,
} from "@connectrpc/connect";
import {
  type CallOptions,
  type ClientDuplexStream,
  type ClientUnaryCall,
  type Metadata,
  type ServiceError,
  type StatusObject,
  status,
} from "@grpc/grpc-js";
import type { ClientChannel } from "./client-channel.ts";
import { asIs, decode, encode, methodPath } from "./codec.ts";
import { fromWire } from "./errors.ts";
import { MessageReader } from "./message-reader.ts";
import { toHeaders, toMetadata } from "./metadata.ts";
import { writeMessages } from "./write-messages.ts";

// Timers may fire up to a millisecond before their time by the wall clock.
const TIMER_SLACK_MS = 2;

// grpc-js makes a refused call anew once; where connections end often, that may be refused too.
const MAX_REFUSALS = 3;

/**
 * Makes a unary call by grpc-js. Rejects with a ConnectError. A call that is refused because it crossed a GOAWAY is made
 * again whatever it does: no server has processed it (RFC 9113, section 8.7).
 */
export function callUnary<I extends DescMessage, O extends DescMessage>(
  channel: ClientChannel,
  request: UnaryRequest<I, O>,
  limits: CallLimits,
): Promise<UnaryResponse<I, O>> {
  const { service, method, signal } = request;
  const { refusals = 0 } = limits;
  const bounds = { signal, ...limits };
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    let header: Metadata | undefined;
    let message: MessageShape<O> | undefined;
    const call = channel.client.makeUnaryRequest(
      methodPath(method),
      asIs,
      (bytes) => {
        // grpc-js would not ask for a second response, and wait for ever for the end of a call that has one.
        process.nextTick(() => call.call?.startRead());
        return decode(method.output, bytes);
      },
      encode(method.input, request.message),
      toMetadata(request.header),
      callOptions(limits),
      (error, answer) => {
        if (!error) message = answer as MessageShape<O>;
        else if (!header && isRefused(error) && refusals < MAX_REFUSALS)
          resolve(callUnary(channel, request, { ...limits, refusals: refusals + 1 }));
        else reject(callError(error, bounds, header));
      },
    );
    watchForSilence(channel, call, bounds);
    call.on("metadata", (metadata: Metadata) => {
      header = metadata;
    });
    // Comes after the callback, and has the trailers.
    call.on("status", ({ metadata }: StatusObject) => {
      if (!message) return;
      resolve({
        stream: false,
        service,
        method,
        message,
        header: toHeaders(header),
        trailer: toHeaders(metadata),
      });
    });
    signal.addEventListener("abort", () => call.cancel(), { once: true });
  });
}

/** Makes a call that streams either way by grpc-js. Resolves when the response's headers are there. */
export async function callStream<I extends DescMessage, O extends DescMessage>(
  channel: ClientChannel,
  request: StreamRequest<I, O>,
  limits: CallLimits,
): Promise<StreamResponse<I, O>> {
  const { service, method, signal } = request;
  const bounds = { signal, ...limits };
  signal.throwIfAborted();
  // All three kinds of stream look the same on the wire.
  const call = channel.client.makeBidiStreamRequest(
    methodPath(method),
    asIs,
    (bytes) => decode(method.output, bytes),
    toMetadata(request.header),
    callOptions(limits),
  );
  watchForSilence(channel, call, bounds);
  const message = new MessageReader<MessageShape<O>>(call, {
    toMessage: (value) => value as MessageShape<O>,
    toError: (error) => (error instanceof ConnectError ? error : callError(error as ServiceError, bounds)),
  });
  const trailer = new Headers();
  call.on("status", ({ metadata }: StatusObject) => {
    for (const [name, value] of toHeaders(metadata)) trailer.append(name, value);
  });
  signal.addEventListener("abort", () => call.cancel(), { once: true });
  const header = responseHeader(call, bounds);
  sendRequests(call, request).catch((error: unknown) => {
    // Before the cancelled call says that it was cancelled.
    message.fail(ConnectError.from(error));
    header.reject(ConnectError.from(error));
    call.cancel();
  });
  return { stream: true, service, method, message, header: await header.promise, trailer };
}

async function sendRequests<I extends DescMessage, O extends DescMessage>(
  call: ClientDuplexStream<Buffer, unknown>,
  { method, message, signal }: StreamRequest<I, O>,
): Promise<void> {
  await writeMessages(call, message[Symbol.asyncIterator](), {
    encode: (each) => encode(method.input, each),
    signal,
  });
  if (!signal.aborted) call.end();
}

function responseHeader(call: ClientDuplexStream<Buffer, unknown>, bounds: CallBounds): PromiseWithResolvers<Headers> {
  const header = Promise.withResolvers<Headers>();
  call.on("metadata", (metadata: Metadata) => header.resolve(toHeaders(metadata)));
  call.on("error", (error: Error) => header.reject(callError(error as ServiceError, bounds)));
  // A stream without messages may have no headers.
  call.on("status", () => header.resolve(new Headers()));
  return header;
}

/** How long a call waits. */
interface CallLimits {
  /** When it ends at the latest, in epoch milliseconds. */
  deadlineMs: number | undefined;
  /** How long without a sign of the other side tells that it may be gone. */
  maxSilenceMs: number;
  /** How often it was refused so far. */
  refusals?: number;
}

interface CallBounds extends CallLimits {
  signal: AbortSignal;
}

/** Only the text tells: grpc-js keeps the reset's code to itself. What a server sends has headers, or a content type. */
function isRefused({ code, details, metadata }: ServiceError): boolean {
  return code === status.UNAVAILABLE && details === "Stream refused by server" && isFromHere(metadata);
}

/** Whether grpc-js has made this status: one that came from a server has a content type, if nothing else. */
function isFromHere(metadata: Metadata): boolean {
  return Object.keys(metadata.getMap()).length === 0;
}

function callOptions({ deadlineMs }: CallLimits): CallOptions {
  return deadlineMs === undefined ? {} : { deadline: deadlineMs };
}

/**
 * Tells the channel of a call that this side has ended, at its deadline or after a long wait, without having heard
 * anything of the other side.
 */
function watchForSilence(
  channel: ClientChannel,
  call: ClientUnaryCall | ClientDuplexStream<Buffer, unknown>,
  { signal, deadlineMs = Number.POSITIVE_INFINITY, maxSilenceMs }: CallBounds,
): void {
  const startedMs = Date.now();
  let heard = false;
  call.on("metadata", () => {
    heard = true;
  });
  call.on("status", ({ code, metadata }: StatusObject) => {
    const isOurs = code === status.DEADLINE_EXCEEDED ? isFromHere(metadata) : signal.aborted;
    const hasWaited = Date.now() >= Math.min(deadlineMs - TIMER_SLACK_MS, startedMs + maxSilenceMs);
    if (!heard && isOurs && hasWaited) channel.heardNothingSince(startedMs);
  });
}

/**
 * The error that a call has ended with. A server resets a call whose deadline has passed, which looks like a
 * cancellation when it comes before grpc-js's own timer fires.
 */
function callError(error: ServiceError, { signal, deadlineMs }: CallBounds, header?: Metadata): ConnectError {
  const isReset = error.code === status.CANCELLED && !signal.aborted;
  if (isReset && deadlineMs !== undefined && Date.now() >= deadlineMs - TIMER_SLACK_MS) {
    return new ConnectError("the deadline passed before the call was done", Code.DeadlineExceeded);
  }
  return fromWire(error, header && toHeaders(header));
}
