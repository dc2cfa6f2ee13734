import { Agent, request as httpRequest } from "node:http";
import { connect } from "node:http2";
import { text } from "node:stream/consumers";
import type { ClientOptions } from "./wire.ts";

/** One HTTP request with a body that fits in memory. */
export interface ExchangeRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** What came back. */
export interface ExchangeResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Sends requests over one version of HTTP. */
export interface HttpExchange {
  send(request: ExchangeRequest): Promise<ExchangeResponse>;
  close(): void;
}

/** HTTP/1.1 with kept-alive connections, as many as there are requests in flight. */
export function http1Exchange({ host, port }: ClientOptions): HttpExchange {
  const agent = new Agent({ keepAlive: true });
  return {
    send: ({ body, signal, ...request }) => {
      const { promise, resolve, reject } = Promise.withResolvers<ExchangeResponse>();
      const outgoing = httpRequest({ host, port, agent, ...request, ...(signal && { signal }) }, (incoming) => {
        text(incoming).then(
          (received) => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: received }),
          reject,
        );
      });
      outgoing.on("error", reject);
      if (body !== undefined) outgoing.setHeader("content-length", Buffer.byteLength(body));
      outgoing.end(body);
      return promise;
    },
    close: () => agent.destroy(),
  };
}

/** HTTP/2 with prior knowledge: every request a stream of one connection. */
export function http2Exchange({ host, port }: ClientOptions): HttpExchange {
  const session = connect(`http://${host}:${port}`);
  const { promise: broken, reject: breakAll } = Promise.withResolvers<never>();
  broken.catch(() => undefined);
  session.on("error", breakAll);
  return {
    send: ({ method, path, headers, body, signal }) => {
      const { promise, resolve, reject } = Promise.withResolvers<ExchangeResponse>();
      const stream = session.request(
        { ":method": method, ":path": path, ...headers },
        { endStream: body === undefined, ...(signal && { signal }) },
      );
      stream.on("response", (received) => {
        text(stream).then(
          (content) => resolve({ status: Number(received[":status"] ?? 0), headers: received, body: content }),
          reject,
        );
      });
      stream.on("error", reject);
      if (body !== undefined) stream.end(body);
      return Promise.race([promise, broken]);
    },
    close: () => session.close(),
  };
}
