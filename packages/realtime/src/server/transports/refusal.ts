import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { toProblem } from "@polywire/http";
import { publicError, REQUEST_ID_HEADER } from "@polywire/rpc";

/** Answers an HTTP request with what made it fail, as problem details (RFC 9457). */
export function refuseRequest(response: ServerResponse, error: unknown, requestId: string): void {
  const { status, headers, body } = toProblem(publicError(error, requestId), requestId);
  response.writeHead(status, { ...headers, [REQUEST_ID_HEADER]: requestId }).end(JSON.stringify(body));
}

/** Answers an upgrade request in the same way; there is no response object for those. */
export function refuseUpgrade(socket: Duplex, error: unknown, requestId: string): void {
  const { status, headers, body } = toProblem(publicError(error, requestId), requestId);
  const text = JSON.stringify(body);
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Refused"}`,
    ...Object.entries({ ...headers, [REQUEST_ID_HEADER]: requestId }).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(text)}`,
    "connection: close",
  ];
  socket.end(`${lines.join("\r\n")}\r\n\r\n${text}`);
}
