import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP proxy whose connections can be made to look like those of a machine that lost its power. */
export interface FreezingProxy extends AsyncDisposable {
  /** Where it listens. */
  readonly address: string;
  /** Connections accepted so far. */
  readonly accepted: number;
  /** Nothing passes any more on the connections there are; new ones work. */
  freeze(): void;
}

/** Starts a proxy to a port of this machine. */
export async function startFreezingProxy(port: number): Promise<FreezingProxy> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createServer({ noDelay: true }, (client) => {
    accepted += 1;
    const upstream = connect({ port, host: "127.0.0.1", noDelay: true });
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    get accepted() {
      return accepted;
    },
    freeze() {
      for (const socket of sockets) socket.unpipe().pause();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
