import { createHash } from "node:crypto";
import { type HeaderList, headerValue } from "../core/header-list.ts";

/** What permessage-deflate was negotiated with, as far as a reader needs it (RFC 7692 section 7.1). */
export interface PerMessageDeflate {
  /** The client compresses every message for itself. */
  readonly clientNoContextTakeover: boolean;
  /** The server does so. */
  readonly serverNoContextTakeover: boolean;
}

/** What a handshake agreed on. */
export interface WebSocketHandshake {
  /** Whether the response proves that the server has understood the request (RFC 6455 section 4.2.2). */
  readonly accepted: boolean;
  /** The subprotocol that the server has chosen. */
  readonly subprotocol: string | null;
  readonly deflate: PerMessageDeflate | "none";
}

/** The fixed string of RFC 6455 section 1.3. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/**
 * Reads the two heads of an opening handshake, for example of a `request` and a 101 `response` of HTTP/1.1; `undefined`
 * when the request does not open a WebSocket.
 */
export function readWebSocketHandshake(request: HeaderList, response: HeaderList): WebSocketHandshake | undefined {
  const key = headerValue(request, "sec-websocket-key");
  if (typeof key !== "string") return undefined;
  const answer = createHash("sha1").update(`${key}${GUID}`).digest("base64");
  return {
    accepted: headerValue(response, "sec-websocket-accept") === answer,
    subprotocol: headerValue(response, "sec-websocket-protocol") ?? null,
    deflate: readDeflate(response),
  };
}

function readDeflate(response: HeaderList): PerMessageDeflate | "none" {
  for (const { name, value } of response) {
    if (name !== "sec-websocket-extensions" || value === null) continue;
    for (const extension of value.split(",")) {
      const [token, ...parameters] = extension.split(";").map((part) => part.trim().toLowerCase());
      if (token !== "permessage-deflate") continue;
      return {
        clientNoContextTakeover: parameters.includes("client_no_context_takeover"),
        serverNoContextTakeover: parameters.includes("server_no_context_takeover"),
      };
    }
  }
  return "none";
}
