import { connect } from "node:net";

/** Which backend to cancel, and how to reach its server. */
export interface CancelTarget {
  host: string;
  port: number;
  processId: number;
  secretKey: number;
}

/** https://www.postgresql.org/docs/18/protocol-message-formats.html, CancelRequest: 1234 and 5678 in the two halves. */
const CANCEL_REQUEST_CODE = 80_877_102;

/**
 * Asks Postgres to cancel what a backend is doing, by a CancelRequest on a connection of its own: no login, no slot of
 * the pool.
 *
 * The server sends the signal before it closes that connection, so when this resolves the cancel has been delivered:
 * a statement sent afterwards cannot be hit by it.
 * https://www.postgresql.org/docs/18/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
 *
 * @param target the backend
 * @param timeoutMs how long the server may take
 * @throws when the server cannot be reached or does not close in time
 */
export function sendCancelRequest(target: CancelTarget, timeoutMs: number): Promise<void> {
  const message = Buffer.alloc(16);
  message.writeInt32BE(message.length, 0);
  message.writeInt32BE(CANCEL_REQUEST_CODE, 4);
  message.writeInt32BE(target.processId, 8);
  message.writeInt32BE(target.secretKey, 12);
  return new Promise((resolve, reject) => {
    const isUnixSocket = target.host.startsWith("/");
    const socket = isUnixSocket ? connect(`${target.host}/.s.PGSQL.${target.port}`) : connect(target.port, target.host);
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer to a cancel within ${timeoutMs} ms`)));
    socket.once("connect", () => socket.end(message));
    socket.once("error", reject);
    socket.once("close", () => resolve());
    socket.resume();
  });
}
