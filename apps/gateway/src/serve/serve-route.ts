import { pipeline } from "node:stream/promises";
import type { ConnectError } from "@connectrpc/connect";
import { matchesIfNoneMatch, parseRequestTimeout, toProblem } from "@polywire/http";
import {
  bearerToken,
  type CallLog,
  type CallMeter,
  type CallRecord,
  codeName,
  errorDetails,
  publicError,
  REQUEST_ID_HEADER,
  type TokenVerifier,
} from "@polywire/rpc";
import { runInCall } from "@polywire/rpc/node";
import type { Request, RequestHandler, Response } from "express";
import { type HttpCall, openCall } from "./http-call.ts";
import type { Reply, Route } from "./route.ts";

/** What every route is served with. */
export interface ServeOptions {
  /** What the log and the metrics call the route. */
  name: string;
  verify: TokenVerifier;
  log: CallLog;
  meter: CallMeter;
}

/**
 * Serves a route as part of a call, as an RPC server serves its methods: request id first, so that refusals carry it
 * too; then the deadline, so that it bounds the token check; then the token; then the route. The log and the meter get one record.
 */
export function serveRoute(route: Omit<Route, "method">, { name, verify, log, meter }: ServeOptions): RequestHandler {
  return async (request, response) => {
    const call = openCall(request, response);
    response.setHeader(REQUEST_ID_HEADER, call.requestId);
    meter.started(name);
    let failure: ConnectError | undefined;
    try {
      call.limit(parseRequestTimeout(request.get("request-timeout-ms"), route.timeoutMs));
      if (!route.isPublic) {
        call.token = bearerToken(request.get("authorization"));
        call.principal = await verify(call.token, call.signal);
      }
      const reply = await runInCall(call, () => route.handle(request, call));
      if (typeof reply.body === "string") sendReply(request, response, { ...reply, body: reply.body });
      else await sendPieces(response, { ...reply, body: reply.body }, call.signal);
    } catch (error) {
      failure = publicError(error, call.requestId, { signal: call.signal });
      // Part of the answer is out: cut off, so that it can't be taken for the whole.
      if (response.headersSent) response.destroy();
      else sendProblem(request, response, { error: failure, requestId: call.requestId });
    } finally {
      call.close();
      const record = recordOf(name, call, failure);
      log(record);
      meter.ended(record);
    }
  };
}

interface ReplyInPieces extends Reply {
  body: AsyncIterable<Uint8Array>;
}

/** The signal ends it also while it waits for a client that does not read. */
async function sendPieces(
  response: Response,
  { status = 200, headers = {}, body }: ReplyInPieces,
  signal: AbortSignal,
): Promise<void> {
  response.writeHead(status, headers);
  try {
    await pipeline(body, response, { signal });
  } catch (error) {
    // Which is why the response closed early.
    signal.throwIfAborted();
    throw error;
  }
}

interface WholeReply extends Reply {
  body: string;
}

function sendReply(request: Request, response: Response, { status = 200, headers = {}, body }: WholeReply): void {
  const { etag } = headers;
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (isRead && etag !== undefined && matchesIfNoneMatch(request.get("if-none-match"), etag)) {
    send(response, { status: 304, headers });
  } else {
    send(response, { status, headers: { "content-type": "application/json", ...headers }, body });
  }
}

function sendProblem(request: Request, response: Response, failed: { error: ConnectError; requestId: string }): void {
  const conditional = request.get("if-match") !== undefined;
  const { status, headers, body } = toProblem(failed.error, failed.requestId, { conditional });
  // The rest of a body that was not read to its end would be taken for the next request.
  if (body.reason === "REQUEST_TOO_LARGE" && !request.complete) response.setHeader("connection", "close");
  send(response, { status, headers, body: JSON.stringify(body) });
}

// Past express, whose `send` adds a charset to types that have none and answers 304 by rules for caches.
function send(response: Response, reply: { status: number; headers: Record<string, string>; body?: string }): void {
  const bytes = Buffer.from(reply.body ?? "");
  if (reply.body !== undefined) response.setHeader("content-length", bytes.byteLength);
  response.writeHead(reply.status, reply.headers).end(bytes);
}

function recordOf(method: string, call: HttpCall, failure: ConnectError | undefined): CallRecord {
  const reason = failure && errorDetails(failure).reason;
  return {
    method,
    code: failure === undefined ? "OK" : codeName(failure.code),
    ...(reason === undefined ? {} : { reason }),
    durationMs: call.durationMs(),
    requestId: call.requestId,
    ...(call.deadlineMs === undefined ? {} : { deadlineLeftMs: call.deadlineMs - Date.now() }),
    ...(call.principal === undefined ? {} : { subject: call.principal.subject }),
    ...(failure?.cause === undefined ? {} : { cause: failure.cause }),
  };
}
