/**
 * Why a server ends a connection. The number decides what a client does, whatever it thinks of the name: 3000 to 3499
 * come back and resume, 3500 to 3999 do not come back (the ranges that Centrifuge uses). They are WebSocket close codes
 * (RFC 6455 §7.4.2, the range for libraries) and the `code` of the SSE event `disconnect`.
 */
export const DISCONNECT_CODES = {
  DRAINING: { code: 3000, meaning: "the node shuts down; another one will take the connection" },
  SLOW_CONSUMER: { code: 3001, meaning: "the client reads more slowly than events happen" },
  TOKEN_EXPIRED: { code: 3002, meaning: "the token has expired; come back with a new one" },
  LOG_CHANGED: { code: 3003, meaning: "the node lost its place in the log; the resume says what was missed" },
  NO_PONG: { code: 3004, meaning: "the client did not answer a ping" },
  BAD_FRAMES: { code: 3500, meaning: "the client sent too many frames that can't be read" },
} as const;

/** The stable name of a disconnect code. */
export type DisconnectReason = keyof typeof DISCONNECT_CODES;

/** Standard close codes that say that the client itself is wrong (RFC 6455 §7.4.1): trying again would not help. */
const terminalStandardCodes: ReadonlySet<number> = new Set([1002, 1003, 1007, 1009, 1010]);

/** Whether a client may come back after a connection ended with this close code. */
export function mayReconnect(code: number): boolean {
  return !terminalStandardCodes.has(code) && !(code >= 3500 && code <= 3999);
}
