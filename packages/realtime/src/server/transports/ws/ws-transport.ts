import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { rpcError } from "@polywire/rpc";
import { type ServerOptions, WebSocketServer } from "ws";
import { SUBPROTOCOLS, type Subprotocol } from "../../../protocol/codec/frame-codec.ts";
import { FRAME_CODECS } from "../../../protocol/codec/frame-codecs.ts";
import type { DisconnectReason } from "../../../protocol/disconnect-codes.ts";
import type { Hub } from "../../fanout/hub.ts";
import type { ResolvedRealtimeServerOptions } from "../../options.ts";
import { requireAllowedOrigin, tokenOf } from "../admission.ts";
import type { ClientConnection } from "../client-connection.ts";
import { CLOSE_TIMEOUT_MS, serveWebSocket } from "./ws-connection.ts";

/** An HTTP request to become a WebSocket, as Node's `upgrade` event hands it over. */
export interface Upgrade {
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
  query: URLSearchParams;
}

/** What the transport needs. */
export interface WsTransportParts {
  hub: Hub;
  options: ResolvedRealtimeServerOptions;
  onDisconnect: (reason: DisconnectReason) => void;
}

/** Accepts WebSocket clients. */
export interface WsTransport {
  /**
   * Checks an upgrade and performs it.
   *
   * @throws ConnectError why it is refused; the socket is the caller's to answer then
   */
  accept(upgrade: Upgrade): Promise<ClientConnection>;
}

/** Creates the WebSocket transport. It listens nowhere itself. */
export function createWsTransport({ hub, options, onDisconnect }: WsTransportParts): WsTransport {
  const settings: ServerOptions & { closeTimeout: number } = {
    noServer: true,
    // Costs memory and CPU for each connection, and would make every client's bytes different.
    perMessageDeflate: false,
    maxPayload: options.maxFrameBytes,
    closeTimeout: CLOSE_TIMEOUT_MS,
    handleProtocols: (offered) => SUBPROTOCOLS.find((name) => offered.has(name)) ?? false,
  };
  const server = new WebSocketServer(settings);

  return {
    async accept({ request, socket, head, query }) {
      requireAllowedOrigin(request, options.allowedOrigins);
      requireSubprotocol(request);
      const token = tokenOf(request, query);
      const verified = await options.verify(token);
      if (socket.destroyed) {
        throw rpcError("CALL_CANCELLED", "the client left during the handshake");
      }
      const upgraded = Promise.withResolvers<ClientConnection>();
      // It answers malformed handshakes itself and closes the socket.
      socket.once("close", () => upgraded.reject(new Error("the client left during the handshake")));
      server.handleUpgrade(request, socket, head, (webSocket) => {
        const codec = FRAME_CODECS[webSocket.protocol as Subprotocol];
        upgraded.resolve(serveWebSocket({ webSocket, socket, codec, verified, token, hub, options, onDisconnect }));
      });
      return await upgraded.promise;
    },
  };
}

function requireSubprotocol(request: IncomingMessage): void {
  const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
  if (!SUBPROTOCOLS.some((name) => offered.includes(name))) {
    throw rpcError("MALFORMED_REQUEST", `offer a subprotocol: ${SUBPROTOCOLS.join(" or ")}`);
  }
}
