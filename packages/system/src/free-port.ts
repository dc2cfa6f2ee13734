import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** A TCP port on the loopback interface that was free a moment ago. */
export interface FreePort {
  readonly port: number;
  /** The preferred port is in use, so another one was picked: worth telling the user. */
  readonly preferredTaken: boolean;
}

/**
 * Ports to choose from: below those that Linux and the BSDs give to outgoing connections, so that none of these sits
 * on a port between its choice here and its use.
 */
const LOWEST = 20_000;
const HIGHEST = 32_767;
const ATTEMPTS = 100;

/** Ports handed out by this process: not again, because whoever asked may not listen yet. */
const handedOut = new Set<number>();

/**
 * Picks a port on 127.0.0.1: the preferred one when nobody listens on it, else any. Another process can still take it
 * before it is used, so whoever listens on it must report a failure clearly.
 */
export async function freePort(preferred = 0): Promise<FreePort> {
  if (!Number.isInteger(preferred) || preferred < 0 || preferred > 65_535) {
    throw new RangeError(`a port is 0 to 65535, not ${preferred}`);
  }
  if (preferred !== 0 && (await canListen(preferred))) return { port: preferred, preferredTaken: false };
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = randomInt(LOWEST, HIGHEST + 1);
    if (handedOut.has(port) || !(await canListen(port))) continue;
    handedOut.add(port);
    return { port, preferredTaken: preferred !== 0 };
  }
  throw new Error(`no free TCP port found on 127.0.0.1 between ${LOWEST} and ${HIGHEST}`);
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve(false);
      else reject(error);
    });
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}
