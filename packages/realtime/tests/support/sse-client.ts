import { get, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import { stationToken } from "./node.ts";

/** A real HTTP client of an event stream that keeps every event. */
export interface SseClient {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly events: EventSourceMessage[];
  /** What is not an event stream. */
  readonly body: () => string;
  readonly retries: number[];
  readonly ended: Promise<void>;
  close(): void;
}

/** Opens a stream and resolves when its head has come. */
export async function openSse(
  port: number,
  query: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<SseClient> {
  const events: EventSourceMessage[] = [];
  const retries: number[] = [];
  let body = "";
  const parser = createParser({ onEvent: (event) => events.push(event), onRetry: (retry) => retries.push(retry) });
  const path = `/rt/sse?${new URLSearchParams(query)}`;
  const ended = Promise.withResolvers<void>();
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = get(
      { host: "127.0.0.1", port, path, headers: { authorization: `Bearer ${stationToken}`, ...headers } },
      resolve,
    );
    request.on("error", reject);
  });
  response.setEncoding("utf8");
  response.on("data", (text: string) => {
    body += text;
    parser.feed(text);
  });
  response.on("error", () => undefined);
  response.on("close", () => ended.resolve());
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    events,
    retries,
    body: () => body,
    ended: ended.promise,
    close: () => void response.destroy(),
  };
}
