import { createServer } from "node:net";

/** A TCP port on the loopback interface that was free a moment ago. */
export interface FreePort {
  readonly port: number;
  /** The preferred port is in use, so another one was picked: worth telling the user. */
  readonly preferredTaken: boolean;
}

/**
 * Picks a port: the preferred one when nobody listens on it (on loopback or on all interfaces), else any.
 * Another process can still take it before it is used, so whoever listens on it must report a failure clearly.
 */
export async function freePort(preferred = 0): Promise<FreePort> {
  if (!Number.isInteger(preferred) || preferred < 0 || preferred > 65_535) {
    throw new RangeError(`a port is 0 to 65535, not ${preferred}`);
  }
  const port = await tryListen(preferred);
  if (port !== undefined) return { port, preferredTaken: false };
  const other = await tryListen(0);
  if (other === undefined) throw new Error("no free TCP port on 127.0.0.1");
  return { port: other, preferredTaken: true };
}

function tryListen(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve(undefined);
      else reject(error);
    });
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : undefined));
    });
  });
}
