import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { toProblem } from "@polywire/http";
import { publicError, REQUEST_ID_HEADER } from "@polywire/rpc";

/** Answers an HTTP request with what made it fail, as problem details (RFC 9457). */
export function refuseRequest(response: ServerResponse, error: unknown, requestId: string): void {
  const { status, headers, body } = toProblem(publicError(error, requestId), requestId);
  response.writeHead(status, { ...headers, [REQUEST_ID_HEADER]: requestId }).end(JSON.stringify(body));
}

/** How long a client may take to close its side of a refused connection, in milliseconds. */
const closeTimeoutMs = 2000;

/**
 * Answers an upgrade request in the same way, and ends its socket; there is no response object for those. From the
 * `upgrade` event on nobody but us watches the socket: neither its error nor a client that stays may do harm.
 */
export function refuseUpgrade(socket: Duplex, error: unknown, requestId: string): void {
  const { status, headers, body } = toProblem(publicError(error, requestId), requestId);
  const text = JSON.stringify(body);
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Refused"}`,
    ...Object.entries({ ...headers, [REQUEST_ID_HEADER]: requestId }).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(text)}`,
    "connection: close",
  ];
  const timer = setTimeout(() => socket.destroy(), closeTimeoutMs);
  socket.on("error", () => socket.destroy()).once("close", () => clearTimeout(timer));
  // Or the end of what the client sends would never be seen.
  socket.resume();
  socket.end(`${lines.join("\r\n")}\r\n\r\n${text}`);
}
