import { setTimeout as delay } from "node:timers/promises";
import { create, type Message } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { type CallOptions, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import {
  type ClientCompatRequest,
  type ClientResponseResult,
  ClientResponseResultSchema,
} from "../gen/connectrpc/conformance/v1/client_compat_pb.ts";
import { StreamType } from "../gen/connectrpc/conformance/v1/config_pb.ts";
import {
  type ConformancePayload,
  ConformancePayloadSchema,
  ConformanceService,
} from "../gen/connectrpc/conformance/v1/service_pb.ts";
import { suiteRegistry } from "../service/suite-registry.ts";
import { addHeaders, fromConnectError, fromHeaders } from "../service/wire-values.ts";
import { type CancelPlan, createCancelPlan } from "./cancel-plan.ts";

interface Answer {
  payload?: ConformancePayload;
}

/** A method of the client, whichever of the four shapes it has; `methodKind` says which. */
type AnyMethod = (input: unknown, options: CallOptions) => Promise<Answer> | AsyncIterable<Answer>;

/** Makes the call that the suite describes and reports what came of it. Throws when it cannot be made at all. */
export async function invoke(transport: Transport, request: ClientCompatRequest): Promise<ClientResponseResult> {
  const method = ConformanceService.methods.find(({ name }) => name === request.method);
  if (method === undefined) throw new Error(`the service has no method ${request.method}`);
  const client: Partial<Record<string, unknown>> = createClient(ConformanceService, transport);
  const call = client[method.localName] as AnyMethod;
  const plan = createCancelPlan(request.cancel);
  const headers = new Headers();
  addHeaders(headers, request.requestHeaders);

  let responseHeaders = new Headers();
  let responseTrailers = new Headers();
  let error: ConnectError | undefined;
  const payloads: ConformancePayload[] = [];
  const turns = createTurns();
  const options: CallOptions = {
    headers,
    signal: plan.signal,
    ...(request.timeoutMs !== undefined && { timeoutMs: request.timeoutMs }),
    onHeader: (received) => {
      responseHeaders = received;
    },
    onTrailer: (received) => {
      responseTrailers = received;
    },
  };
  const received = ({ payload }: Answer) => {
    payloads.push(payload ?? create(ConformancePayloadSchema));
    plan.onResponse(payloads.length);
    turns.next();
  };

  const messages = request.requestMessages.map(unpack);
  const isStreamOfRequests = method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming";
  if (!isStreamOfRequests && request.requestDelayMs > 0) await delay(request.requestDelayMs);
  try {
    const input = isStreamOfRequests ? sendAll(messages, { request, plan, turns }) : messages[0];
    const answer = call(input, options);
    if (!isStreamOfRequests) plan.onSendClosed();
    if (answer instanceof Promise) received(await answer);
    else for await (const each of answer) received(each);
  } catch (thrown) {
    error = ConnectError.from(thrown);
    // An error may be all there is: its metadata has the headers and the trailers.
    if (![...responseHeaders].length) responseHeaders = error.metadata;
    if (![...responseTrailers].length) responseTrailers = error.metadata;
  } finally {
    turns.end();
  }
  return create(ClientResponseResultSchema, {
    responseHeaders: fromHeaders(responseHeaders),
    responseTrailers: fromHeaders(responseTrailers),
    payloads,
    ...(error && { error: fromConnectError(error) }),
  });
}

async function* sendAll(
  messages: readonly Message[],
  { request, plan, turns }: { request: ClientCompatRequest; plan: CancelPlan; turns: Turns },
): AsyncGenerator<Message, undefined> {
  for (const message of messages) {
    if (request.requestDelayMs > 0) await delay(request.requestDelayMs);
    const answered = turns.answered();
    yield message;
    if (request.streamType === StreamType.FULL_DUPLEX_BIDI_STREAM) await answered;
  }
  plan.onSent();
  plan.onSendClosed();
}

/** In a conversation, a request waits for the response to the one before it, or for the end of the responses. */
interface Turns {
  answered(): Promise<void>;
  next(): void;
  end(): void;
}

function createTurns(): Turns {
  let turn = Promise.withResolvers<void>();
  let isOver = false;
  return {
    answered: () => turn.promise,
    next() {
      turn.resolve();
      if (!isOver) turn = Promise.withResolvers();
    },
    end() {
      isOver = true;
      turn.resolve();
    },
  };
}

function unpack(any: ClientCompatRequest["requestMessages"][number]): Message {
  const message = anyUnpack(any, suiteRegistry);
  if (message === undefined) throw new Error(`cannot unpack ${any.typeUrl}`);
  return message;
}
