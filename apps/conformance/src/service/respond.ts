import { setTimeout as delay } from "node:timers/promises";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Any, anyPack } from "@bufbuild/protobuf/wkt";
import type { HandlerContext } from "@connectrpc/connect";
import {
  type ConformancePayload_RequestInfo,
  ConformancePayload_RequestInfoSchema,
  type ConformancePayloadSchema,
  type StreamResponseDefinition,
  type Error as SuiteError,
  type UnaryResponseDefinition,
} from "../gen/connectrpc/conformance/v1/service_pb.ts";
import { addHeaders, fromHeaders, toConnectError } from "./wire-values.ts";

/** A call being answered: its context, and the requests that no response has echoed yet. */
export interface AnsweredCall {
  readonly context: HandlerContext;
  readonly requests: Any[];
}

type Definition = UnaryResponseDefinition | StreamResponseDefinition | undefined;
/** What every response of the suite's service carries. */
export interface Reply {
  payload: MessageInitShape<typeof ConformancePayloadSchema>;
}

/** The answer to a unary call or a client stream. Throws the error that is asked for. */
export async function respondOnce(definition: UnaryResponseDefinition | undefined, call: AnsweredCall): Promise<Reply> {
  announce(definition, call);
  await pause(definition, call);
  const requestInfo = echo(call);
  if (definition?.response.case === "error") throw withEcho(definition.response.value, requestInfo);
  return { payload: { data: definition?.response.value ?? new Uint8Array(), requestInfo } };
}

/** Sets the headers and trailers that are asked for. */
export function announce(definition: Definition, { context }: AnsweredCall): void {
  addHeaders(context.responseHeader, definition?.responseHeaders ?? []);
  addHeaders(context.responseTrailer, definition?.responseTrailers ?? []);
}

/**
 * The responses of a stream from number `sent` on: the first of the call echoes the request. Throws the error that is
 * asked for, with the echo when no response carried it.
 */
export async function* respondWithRest(
  definition: StreamResponseDefinition | undefined,
  call: AnsweredCall,
  sent: number,
): AsyncGenerator<Reply, undefined> {
  const data = definition?.responseData ?? [];
  for (let index = sent; index < data.length; index += 1) {
    await pause(definition, call);
    yield reply(data[index], index === 0 ? echo(call) : undefined);
  }
  if (definition?.error === undefined) return;
  throw data.length === 0 ? withEcho(definition.error, echo(call)) : toConnectError(definition.error);
}

/** Waits as long as the definition says before a response. */
export async function pause(definition: Definition, { context }: AnsweredCall): Promise<void> {
  if (!definition?.responseDelayMs) return;
  const { signal } = context;
  // Not the timer's own error: the signal knows whether the deadline passed or the caller left.
  await delay(definition.responseDelayMs, undefined, { signal }).catch(() => signal.throwIfAborted());
}

/** One response. */
export function reply(data: Uint8Array | undefined, requestInfo: ConformancePayload_RequestInfo | undefined): Reply {
  return { payload: { data: data ?? new Uint8Array(), ...(requestInfo && { requestInfo }) } };
}

/** What the server saw of the call. */
export function echo({ context, requests }: AnsweredCall): ConformancePayload_RequestInfo {
  const timeoutMs = context.timeoutMs();
  return create(ConformancePayload_RequestInfoSchema, {
    requestHeaders: fromHeaders(context.requestHeader),
    requests,
    ...(timeoutMs !== undefined && { timeoutMs: BigInt(Math.max(0, Math.floor(timeoutMs))) }),
    ...(context.requestMethod === "GET" && { connectGetInfo: { queryParams: queryParameters(context.url) } }),
  });
}

function queryParameters(url: string) {
  return [...new URL(url).searchParams].map(([name, value]) => ({ name, value: [value] }));
}

function withEcho(error: SuiteError, requestInfo: ConformancePayload_RequestInfo) {
  const details = [...error.details, anyPack(ConformancePayload_RequestInfoSchema, requestInfo)];
  return toConnectError({ ...error, details });
}
