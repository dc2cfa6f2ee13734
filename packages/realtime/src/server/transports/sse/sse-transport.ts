import type { IncomingMessage, ServerResponse } from "node:http";
import type { Cursor } from "@polywire/contract/polywire/type/v1/cursor";
import { badRequest } from "@polywire/rpc";
import { parseChannel } from "../../../protocol/channel.ts";
import { parseCursor } from "../../../protocol/cursor.ts";
import type { DisconnectReason } from "../../../protocol/disconnect-codes.ts";
import type { Hub } from "../../fanout/hub.ts";
import type { ResolvedRealtimeServerOptions } from "../../options.ts";
import { requireAllowedOrigin, tokenOf } from "../admission.ts";
import type { ClientConnection } from "../client-connection.ts";
import { serveEventStream } from "./sse-connection.ts";

/** A request for an event stream. */
export interface SseRequest {
  request: IncomingMessage;
  response: ServerResponse;
  query: URLSearchParams;
  requestId: string;
}

/** What the transport needs. */
export interface SseTransportParts {
  hub: Hub;
  options: ResolvedRealtimeServerOptions;
  onDisconnect: (reason: DisconnectReason) => void;
}

/** Accepts clients of server-sent events. */
export interface SseTransport {
  /**
   * Checks a request and begins its stream.
   *
   * @throws ConnectError why it is refused; the response is the caller's to answer then
   */
  accept(asked: SseRequest): Promise<ClientConnection>;
}

/** Creates the SSE transport. It listens nowhere itself. */
export function createSseTransport({ hub, options, onDisconnect }: SseTransportParts): SseTransport {
  return {
    async accept({ request, response, query, requestId }) {
      requireAllowedOrigin(request, options.allowedOrigins);
      const token = tokenOf(request, query);
      const channel = query.get("channel") ?? "";
      const parsed = parseChannel(channel);
      const cursor = cursorOf(request, query);
      const left = new AbortController();
      response.once("close", () => left.abort());
      const principal = await options.verify(token, left.signal);
      await options.authorize(parsed, { principal, token, requestId, signal: left.signal });
      left.signal.throwIfAborted();
      const { expiresAtMs } = principal;
      return serveEventStream({ response, channel, cursor, expiresAtMs, hub, options, onDisconnect });
    },
  };
}

/** What a client that comes back has seen: the browser's own header is newer than the address it was given. */
function cursorOf(request: IncomingMessage, query: URLSearchParams): Cursor | undefined {
  const lastEventId = request.headers["last-event-id"];
  const text = typeof lastEventId === "string" && lastEventId !== "" ? lastEventId : query.get("cursor");
  if (text === null || text === "") {
    return undefined;
  }
  try {
    return parseCursor(text);
  } catch {
    throw badRequest([
      {
        field: "cursor",
        rule: "cursor.text",
        description: "a cursor is written <epoch>:<offset>, as the server gave it",
      },
    ]);
  }
}
