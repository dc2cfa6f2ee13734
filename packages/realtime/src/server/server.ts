import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { cors } from "@polywire/http";
import { rpcError } from "@polywire/rpc";
import { DISCONNECT_CODES, type DisconnectReason } from "../protocol/disconnect-codes.ts";
import { createHub, type HubCounts } from "./fanout/hub.ts";
import { type RealtimeServerOptions, resolveRealtimeServerOptions } from "./options.ts";
import { askedOf } from "./transports/admission.ts";
import type { ClientConnection } from "./transports/client-connection.ts";
import { refuseRequest, refuseUpgrade } from "./transports/refusal.ts";
import { createSseTransport } from "./transports/sse/sse-transport.ts";
import { createWsTransport } from "./transports/ws/ws-transport.ts";

/** How a node is emptied. */
export interface DrainOptions {
  /** Over how long the connections are closed, in milliseconds. Default 3,000. */
  windowMs?: number;
  /** In how many batches. Default 10. */
  batches?: number;
  /** Clients are told to come back after a random time up to this, in milliseconds. Default 2,000. */
  reconnectSpreadMs?: number;
  /** How long each connection's requests in work may take to be answered, in milliseconds. Default 1,000. */
  finishMs?: number;
}

/** Counts for metrics, all since the start except `connections` and `subscriptions`. */
export interface RealtimeCounts extends HubCounts {
  /** Connections that exist now. */
  connections: { ws: number; sse: number };
  /** Connections that the server ended, by reason. */
  disconnects: Record<DisconnectReason, number>;
}

/** The push side of a node, to be plugged into an HTTP server: `/rt/ws` and `/rt/sse`. */
export interface RealtimeServer extends AsyncDisposable {
  readonly counts: Readonly<RealtimeCounts>;
  /** Answers a request for `/rt/sse`; false when it is for something else. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  /** Answers an upgrade to `/rt/ws`; false when it is for something else: `refuseUpgrade` then. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  /** Refuses new connections, and ends those that exist in batches, each client told when to come back with what. */
  drain(options?: DrainOptions): Promise<void>;
  /** Ends everything at once. */
  close(): Promise<void>;
}

const wsPath = "/rt/ws";
const ssePath = "/rt/sse";

/** Creates the server. It follows the tail from now on and listens nowhere itself. */
export function createRealtimeServer(options: RealtimeServerOptions): RealtimeServer {
  const resolved = resolveRealtimeServerOptions(options);
  const { tail, maxConnections, random } = resolved;
  const hub = createHub({
    ...resolved,
    queue: { maxEvents: resolved.maxQueueEvents, maxBytes: resolved.maxQueueBytes },
  });
  const connections = new Set<ClientConnection>();
  const counts = { ws: 0, sse: 0 };
  const disconnects = Object.fromEntries(Object.keys(DISCONNECT_CODES).map((reason) => [reason, 0])) as Record<
    DisconnectReason,
    number
  >;
  const onDisconnect = (reason: DisconnectReason) => {
    disconnects[reason] += 1;
  };
  const ws = createWsTransport({ hub, options: resolved, onDisconnect });
  const sse = createSseTransport({ hub, options: resolved, onDisconnect });
  const allowOrigin = cors(resolved.allowedOrigins, {
    methods: ["GET"],
    requestHeaders: ["authorization", "last-event-id"],
  });
  let entering = 0;
  let draining = false;

  function requireRoom() {
    if (draining) {
      throw rpcError("DRAINING", "this node is shutting down: connect again, another one will answer");
    }
    if (!tail.live) {
      throw rpcError("UPSTREAM_UNAVAILABLE", "events can't be read right now: try again", { retryAfterMs: 1000 });
    }
    if (connections.size + entering >= maxConnections) {
      throw rpcError("TOO_MANY_CONNECTIONS", "this node has no room for another connection: try again", {
        retryAfterMs: 1000,
      });
    }
  }

  async function enter(kind: "ws" | "sse", accept: () => Promise<ClientConnection>) {
    requireRoom();
    entering += 1;
    const connection = await accept().finally(() => {
      entering -= 1;
    });
    connections.add(connection);
    counts[kind] += 1;
    void connection.closed.then(() => {
      connections.delete(connection);
      counts[kind] -= 1;
    });
    if (draining) {
      connection.disconnect("DRAINING");
    }
  }

  async function drain({
    windowMs = 3000,
    batches = 10,
    reconnectSpreadMs = 2000,
    finishMs = 1000,
  }: DrainOptions = {}) {
    draining = true;
    const all = [...connections];
    const endings: Promise<void>[] = [];
    for (let batch = 0; batch < batches && all.length > 0; batch += 1) {
      const share = all.splice(0, Math.ceil(all.length / (batches - batch)));
      endings.push(...share.map((connection) => connection.drain(Math.round(random() * reconnectSpreadMs), finishMs)));
      if (all.length > 0) {
        await delay(windowMs / batches);
      }
    }
    await Promise.all(endings);
  }

  async function close() {
    draining = true;
    const endings = [...connections].map((connection) => {
      connection.disconnect("DRAINING");
      return connection.closed;
    });
    await Promise.all(endings);
  }

  return {
    get counts() {
      return { ...hub.counts, connections: { ...counts }, disconnects: { ...disconnects } };
    },
    handle(request, response) {
      const { path, query, requestId } = askedOf(request);
      if (path !== ssePath) {
        return false;
      }
      if (!allowOrigin(request, response)) {
        const answer = async () => {
          requireGet(request);
          await enter("sse", () => sse.accept({ request, response, query, requestId }));
        };
        answer().catch((error: unknown) => refuseRequest(response, error, requestId));
      }
      return true;
    },
    upgrade(request, socket, head) {
      const { path, query, requestId } = askedOf(request);
      if (path !== wsPath) {
        return false;
      }
      // The socket has no other listener until the WebSocket takes it over.
      socket.on("error", () => socket.destroy());
      enter("ws", () => ws.accept({ request, socket, head, query })).catch((error: unknown) => {
        refuseUpgrade(socket, error, requestId);
      });
      return true;
    },
    drain,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function requireGet(request: IncomingMessage): void {
  if (request.method !== "GET") {
    throw rpcError("METHOD_NOT_ALLOWED", "an event stream is read by GET", { metadata: { allow: "GET" } });
  }
}
