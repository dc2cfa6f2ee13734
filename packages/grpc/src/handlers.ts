import type { Message } from "@bufbuild/protobuf";
import type {
  handleBidiStreamingCall,
  handleClientStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  ServerDuplexStream,
  ServerReadableStream,
  ServerWritableStream,
  sendUnaryData,
  UntypedHandleCall,
} from "@grpc/grpc-js";
import type { AnyRequest } from "@polywire/rpc";
import type { ActiveCalls } from "./active-calls.ts";
import { streamRequest, unaryRequest } from "./exchange.ts";
import { MessageReader } from "./message-reader.ts";
import { sendable } from "./metadata.ts";
import type { ServedMethod } from "./served-method.ts";
import { ServerCall } from "./server-call.ts";
import { writeMessages } from "./write-messages.ts";

/*
 * grpc-js leaves the client hanging when a handler rejects, answers twice, or destroys its stream. So every handler
 * here answers exactly once, whatever happens inside: `ServerCall.finish` says who is first.
 */

/** The grpc-js handler of a method. The calls it is serving are in `active`. */
export function grpcHandler(served: ServedMethod, active: ActiveCalls<ServerCall>): UntypedHandleCall {
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

function unaryHandler(served: ServedMethod, active: ActiveCalls<ServerCall>): handleUnaryCall<Buffer, Buffer> {
  return (wire, respond) => {
    const call = new ServerCall(served.method, wire, { active, respond });
    void respondOnce(served, { call, request: unaryRequest(call, wire.request), respond });
  };
}

async function respondOnce(
  { serve }: ServedMethod,
  { call, request, respond }: { call: ServerCall; request: AnyRequest; respond: sendUnaryData<Buffer> },
): Promise<void> {
  try {
    const response = await serve(request);
    const bytes = response.stream ? await onlyMessage(response.message, call) : call.encode(response.message);
    if (!call.finish()) return;
    call.sendHeader(response.header);
    respond(null, bytes, sendable(response.trailer));
  } catch (error) {
    call.fail(error);
  }
}

function clientStreamHandler(
  served: ServedMethod,
  active: ActiveCalls<ServerCall>,
): handleClientStreamingCall<Buffer, Buffer> {
  return (wire, respond) => {
    const call = new ServerCall(served.method, wire, { active, respond });
    const request = streamRequest(call, receivedMessages(wire, call));
    void respondOnce(served, { call, request, respond });
  };
}

function serverStreamHandler(
  served: ServedMethod,
  active: ActiveCalls<ServerCall>,
): handleServerStreamingCall<Buffer, Buffer> {
  return (wire) => {
    const call = new ServerCall(served.method, wire, { active });
    void respondWithStream(served, wire, { call, requests: requestMessage(wire.request, call) });
  };
}

function bidiHandler(served: ServedMethod, active: ActiveCalls<ServerCall>): handleBidiStreamingCall<Buffer, Buffer> {
  return (wire) => {
    const call = new ServerCall(served.method, wire, { active });
    void respondWithStream(served, wire, { call, requests: receivedMessages(wire, call) });
  };
}

async function respondWithStream(
  { serve }: ServedMethod,
  wire: ServerWritableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>,
  { call, requests }: { call: ServerCall; requests: AsyncIterable<Message> },
): Promise<void> {
  const { signal } = call;
  try {
    const response = await serve(streamRequest(call, requests));
    const messages = (response.message as AsyncIterable<Message>)[Symbol.asyncIterator]();
    // At once, not when the next message comes: a quiet handler learns that nobody listens any more.
    const leave = () => void messages.return?.().catch(() => {});
    if (signal.aborted) return leave();
    signal.addEventListener("abort", leave, { once: true });
    await writeMessages(wire, messages, {
      encode: (message) => call.encode(message),
      signal,
      beforeFirst: () => call.sendHeader(response.header),
    });
    signal.removeEventListener("abort", leave);
    if (call.finish()) wire.end(sendable(response.trailer));
  } catch (error) {
    call.fail(error);
  }
}

/** The one message of a server stream's request. That it is malformed shows where it is first looked at. */
async function* requestMessage(bytes: Buffer, call: ServerCall): AsyncGenerator<Message, undefined> {
  yield call.decode(bytes);
}

function receivedMessages(
  wire: ServerReadableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>,
  call: ServerCall,
): AsyncIterable<Message> {
  const { signal } = call;
  return new MessageReader(wire, {
    toMessage: (bytes) => call.decode(bytes as Buffer),
    toError: (error) => signal.reason ?? error,
  });
}

async function onlyMessage(messages: AsyncIterable<Message>, call: ServerCall): Promise<Buffer> {
  const iterator = messages[Symbol.asyncIterator]();
  const result = await iterator.next();
  if (result.done) throw new Error("an interceptor swallowed the response of a client-streaming call");
  const bytes = call.encode(result.value);
  // To the end, so that whoever watches the stream sees it end.
  await iterator.next();
  return bytes;
}
