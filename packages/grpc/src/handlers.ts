import type { Message } from "@bufbuild/protobuf";
import type {
  handleBidiStreamingCall,
  handleClientStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  ServerDuplexStream,
  ServerReadableStream,
  ServerWritableStream,
  UntypedHandleCall,
} from "@grpc/grpc-js";
import { encode } from "./codec.ts";
import { toWire } from "./errors.ts";
import { checked, streamRequest, unaryRequest } from "./exchange.ts";
import { MessageReader } from "./message-reader.ts";
import { sendable } from "./metadata.ts";
import type { ServedMethod } from "./served-method.ts";
import { ServerCall, type WireCall } from "./server-call.ts";
import { writeMessages } from "./write-messages.ts";

/*
 * grpc-js leaves the client hanging when a handler rejects, answers twice, or destroys its stream. So every handler
 * here answers exactly once, whatever happens inside: `ServerCall.finish` says who is first.
 */

/** The grpc-js handler of a method. The calls it is serving are in `active`. */
export function grpcHandler(served: ServedMethod, active: Set<ServerCall>): UntypedHandleCall {
  switch (served.method.methodKind) {
    case "unary":
      return unaryHandler(served, active);
    case "client_streaming":
      return clientStreamHandler(served, active);
    case "server_streaming":
      return serverStreamHandler(served, active);
    case "bidi_streaming":
      return bidiHandler(served, active);
  }
}

function unaryHandler({ method, serve }: ServedMethod, active: Set<ServerCall>): handleUnaryCall<unknown, Buffer> {
  return (wire, callback) => {
    const call = new ServerCall(method, wire, active);
    call.refuse = (error) => {
      sendHeader(wire, call.responseHeader);
      callback(toWire(error, call.responseTrailer));
    };
    guard(call, async () => {
      const response = await serve(unaryRequest(call, wire.request));
      const bytes = encode(method.output, response.message as Message);
      if (!call.finish()) return;
      sendHeader(wire, response.header);
      callback(null, bytes, sendable(response.trailer));
    });
  };
}

function clientStreamHandler(
  { method, serve }: ServedMethod,
  active: Set<ServerCall>,
): handleClientStreamingCall<unknown, Buffer> {
  return (wire, callback) => {
    const call = new ServerCall(method, wire, active);
    call.refuse = (error) => {
      sendHeader(wire, call.responseHeader);
      callback(toWire(error, call.responseTrailer));
    };
    const requests = receivedMessages(wire, call.signal);
    guard(call, async () => {
      const response = await serve(streamRequest(call, requests));
      const bytes = encode(method.output, await onlyMessage(response.message as AsyncIterable<Message>));
      if (!call.finish()) return;
      sendHeader(wire, response.header);
      callback(null, bytes, sendable(response.trailer));
    });
  };
}

function serverStreamHandler(
  served: ServedMethod,
  active: Set<ServerCall>,
): handleServerStreamingCall<unknown, Buffer> {
  return (wire) => {
    const call = new ServerCall(served.method, wire, active);
    respondWithStream(served, wire, { call, requests: requestMessage(wire.request) });
  };
}

function bidiHandler(served: ServedMethod, active: Set<ServerCall>): handleBidiStreamingCall<unknown, Buffer> {
  return (wire) => {
    const call = new ServerCall(served.method, wire, active);
    respondWithStream(served, wire, { call, requests: receivedMessages(wire, call.signal) });
  };
}

function respondWithStream(
  { method, serve }: ServedMethod,
  wire: ServerWritableStream<unknown, Buffer> | ServerDuplexStream<unknown, Buffer>,
  { call, requests }: { call: ServerCall; requests: AsyncIterable<Message> },
): void {
  const { signal } = call;
  // What grpc-js takes for the end with a status; `destroy(error)` would end without one.
  call.refuse = (error) => {
    sendHeader(wire, call.responseHeader);
    wire.emit("error", toWire(error, call.responseTrailer));
  };
  guard(call, async () => {
    const response = await serve(streamRequest(call, requests));
    const messages = (response.message as AsyncIterable<Message>)[Symbol.asyncIterator]();
    // At once, not when the next message comes: a quiet handler learns that nobody listens any more.
    const leave = () => void messages.return?.().catch(() => {});
    if (signal.aborted) return leave();
    signal.addEventListener("abort", leave, { once: true });
    await writeMessages(wire, messages, {
      encode: (message) => encode(method.output, message),
      signal,
      beforeFirst: () => sendHeader(wire, response.header),
    });
    signal.removeEventListener("abort", leave);
    if (call.finish()) wire.end(sendable(response.trailer));
  });
}

function guard(call: ServerCall, work: () => Promise<void>): void {
  work().catch((error: unknown) => call.fail(error));
}

/** The one message of a server stream's request. That it is malformed shows where it is first looked at. */
async function* requestMessage(message: unknown): AsyncGenerator<Message, undefined> {
  yield checked(message);
}

function receivedMessages(
  wire: ServerReadableStream<unknown, Buffer> | ServerDuplexStream<unknown, Buffer>,
  signal: AbortSignal,
): AsyncIterable<Message> {
  return new MessageReader(wire, { toMessage: checked, toError: (error) => signal.reason ?? error });
}

async function onlyMessage(messages: AsyncIterable<Message>): Promise<Message> {
  const iterator = messages[Symbol.asyncIterator]();
  const result = await iterator.next();
  if (result.done) throw new Error("an interceptor swallowed the response of a client-streaming call");
  // To the end, so that whoever watches the stream sees it end.
  await iterator.next();
  return result.value;
}

function sendHeader(wire: WireCall, header: Headers): void {
  const metadata = sendable(header);
  if (metadata) wire.sendMetadata(metadata);
}
