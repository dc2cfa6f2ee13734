import type { HeaderList } from "../core/header-list.ts";
import type { Side } from "../core/side.ts";
import type { Http1Event } from "../http1/index.ts";
import { createWebSocketConnection, OPCODE, readWebSocketHandshake, type WebSocketEvent } from "../websocket/index.ts";
import type { LayerEvent } from "./events.ts";
import type { ExchangePart } from "./exchange.ts";

/** What a WebSocket on a connection of HTTP/1.1 shows. */
export interface WebSocketLayer {
  /** Whether the connection was turned over to WebSocket. */
  readonly active: boolean;
  /** Takes an event of HTTP/1.1; returns what it means for the WebSocket and its exchange. */
  push(event: Http1Event): readonly (LayerEvent | ExchangePart)[];
  end(from: Side): readonly (LayerEvent | ExchangePart)[];
}

/** Creates the layer: it waits for a handshake and then reads frames. */
export function createWebSocketLayer({ maxMessageBytes }: { readonly maxMessageBytes: number }): WebSocketLayer {
  const heads: { client: HeaderList; server: HeaderList } = { client: [], server: [] };
  let connection: ReturnType<typeof createWebSocketConnection> | undefined;
  const framingBytes = { client: 0, server: 0 };
  let exchange = 0;
  let closed = false;

  const show = (events: readonly WebSocketEvent[]): (LayerEvent | ExchangePart)[] =>
    events.flatMap((event) => [{ layer: "websocket", event } as const, ...partsOf(event)]);
  const partsOf = (event: WebSocketEvent): ExchangePart[] => {
    const { from } = event;
    if (event.type === "frame" && event.frame.opcode < OPCODE.CLOSE) framingBytes[from] += event.frame.headerBytes;
    if (event.type === "message") {
      const { wireBytes: length, data: payload, compressed } = event;
      const framing = framingBytes[from];
      framingBytes[from] = 0;
      const message = { length, compressed: compressed ?? false, payload };
      return [{ type: "message", id: exchange, from, framingBytes: framing, message }];
    }
    if (event.type !== "close" || closed) return [];
    closed = true;
    return [{ type: "closed", id: exchange, code: event.code, reason: event.reason }];
  };
  return {
    get active() {
      return connection !== undefined;
    },
    push(event) {
      if (event.type === "request" || event.type === "response") heads[event.from] = event.fields;
      if (event.type === "tunnel") return connection === undefined ? [] : show(connection.push(event.from, event.data));
      if (event.type !== "switch" || event.protocol !== "websocket") return [];
      const { deflate = "unknown" } = readWebSocketHandshake(heads.client, heads.server) ?? {};
      connection = createWebSocketConnection({ deflate, maxMessageBytes });
      exchange = event.exchange ?? 0;
      return [];
    },
    end: (from) => (connection === undefined ? [] : show(connection.end(from))),
  };
}
