import { once } from "node:events";
import { createServer, type Http2ServerRequest, type Http2ServerResponse, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { Code, ConnectError, type Interceptor, type StreamRequest, type UnaryRequest } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { type StreamEnd, tapMessages } from "@polywire/rpc";
import { BREAKING_TOKEN, CALL_HEADER, fieldOf, GOOD_TOKEN, SECRET } from "./calls.ts";
import type { ChainOptions, RunningChain, Stack } from "./chain.ts";
import { connectHandlers } from "./connect-handlers.ts";
import type { Layer } from "./layers.ts";
import { recovered } from "./recovered.ts";

type AnyRequest = UnaryRequest | StreamRequest;

/** What an HTTP middleware around the adapter saw of a call: its path, and HTTP's status. */
export type HttpSighting = (call: string, path: string, status: number) => void;

/** connect-node with interceptors of Connect. */
export const connectStack: Stack = { name: "connect", start: (options) => startConnect(options) };

/** Starts the server; `middleware` sees each call from outside, as middlewares of HTTP do. */
export async function startConnect(options: ChainOptions, middleware?: HttpSighting): Promise<RunningChain> {
  const layers = options.order.filter((layer) => layer !== "recover" || options.recover === "interceptor");
  const adapter = connectNodeAdapter({
    routes: (router) => void router.service(OrderService, connectHandlers(options)),
    interceptors: [...layers, "limit" as const].map((layer) => createLayer(layer, options)),
  });
  const server = createServer((request: Http2ServerRequest, response: Http2ServerResponse) => {
    const call = String(request.headers[CALL_HEADER]);
    response.once("finish", () => middleware?.(call, request.url, response.statusCode));
    adapter(request, response);
  });
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const session of sessions) session.destroy();
      await closed;
    },
  };
}

function createLayer(layer: Layer | "limit", options: ChainOptions): Interceptor {
  const { book } = options;
  return (next) => async (request) => {
    const call = request.header.get(CALL_HEADER) ?? "";
    book.enter(layer, call);
    if (layer === "auth" && request.header.get("authorization") !== GOOD_TOKEN) {
      if (request.header.get("authorization") === BREAKING_TOKEN) throw new Error(SECRET);
      throw new ConnectError("the token is not valid", Code.Unauthenticated);
    }
    const looked = layer === "log" ? lookedAt(request, call, options) : request;
    const onEnd = (code: number): void => {
      book.leave(layer, call);
      if (layer === "metrics" || layer === "log") book.of(call).ends[layer].push(code);
    };
    const onError = (error: unknown): unknown => (layer === "recover" ? recovered(error, call, options) : error);
    try {
      const response = await next(looked);
      if (!response.stream || !options.wrapStreams) {
        onEnd(0);
        return response;
      }
      const told = (end: StreamEnd) => onEnd(end.kind === "failed" ? ConnectError.from(end.error).code : 0);
      return { ...response, message: tapMessages(response.message, { onError, onEnd: told }) };
    } catch (error) {
      const made = onError(error);
      onEnd(ConnectError.from(made).code);
      throw made;
    }
  };
}

/** Notes what an interceptor sees and a middleware of HTTP does not: the method, and the decoded message. */
function lookedAt(request: AnyRequest, call: string, { book }: ChainOptions): AnyRequest {
  const seen = book.of(call);
  seen.path = `/${request.service.typeName}/${request.method.name}`;
  if (!request.stream) {
    seen.field = fieldOf(request.message);
    return request;
  }
  const onMessage = <T>(message: T): T => {
    seen.field = fieldOf(message);
    return message;
  };
  return { ...request, message: tapMessages(request.message, { onMessage }) };
}
