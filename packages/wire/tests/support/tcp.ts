import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Endpoint } from "../../src/proxy/index.ts";

/** A real TCP server that hands out the sockets it accepts; disposing of it fails when one is still open. */
export async function startServer(onConnection: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => undefined); // Tests reset connections; who cares listens too.
    onConnection(socket);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: { host: "127.0.0.1", port } satisfies Endpoint,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      await until(() => sockets.size === 0);
      await closed;
    },
  };
}

/** A stopped process with a full queue of connections: a further one is neither accepted nor refused. */
export async function startDeafServer() {
  const code = `const server = require("node:net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () =>
    console.log(server.address().port));`;
  const child = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  const [port] = await once(child.stdout, "data");
  const endpoint: Endpoint = { host: "127.0.0.1", port: Number(port) };
  child.kill("SIGSTOP");
  const waiting = Array.from({ length: 4 }, () => connect(endpoint).on("error", () => undefined));
  await until(() => waiting.some(({ connecting }) => !connecting));
  return {
    endpoint,
    async [Symbol.asyncDispose]() {
      for (const socket of waiting) socket.destroy();
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

/** A connected client that may stay half-open; disposing of it destroys it. */
export async function openClient(endpoint: Endpoint): Promise<Socket & Disposable> {
  const socket = connect({ ...endpoint, allowHalfOpen: true, noDelay: true });
  await once(socket, "connect");
  return Object.assign(socket, { [Symbol.dispose]: () => void socket.destroy() });
}

/** Everything a socket receives until the other side ends. */
export async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(socket, "end");
  return Buffer.concat(chunks);
}

/** The code of the error a socket ends with, or null when it closes without one. */
export function closingError(socket: Socket): Promise<string | null> {
  return new Promise((resolve) => {
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once("close", () => resolve(null));
  });
}

/** Waits for a condition that only the network brings about; fails after 10 s. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`still not so after 10 s: ${condition}`);
    await sleep(5);
  }
}

/** Waits until a figure has not changed for 300 ms, and gives it. */
export async function settled(read: () => number): Promise<number> {
  for (let last = read(), since = performance.now(); performance.now() - since < 300; await sleep(10)) {
    if (read() === last) continue;
    last = read();
    since = performance.now();
  }
  return read();
}
