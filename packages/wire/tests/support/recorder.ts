import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Side } from "../../src/http2/index.ts";

/** Bytes that one side sent, in the order in which the two sides' bytes passed. */
export interface Recorded {
  readonly from: Side;
  readonly bytes: Uint8Array;
}

/** A TCP relay on loopback that keeps what passes. It knows nothing of any protocol. */
export interface Recorder extends AsyncDisposable {
  readonly port: number;
  /** What passed, one list a connection, in the order in which they were accepted. */
  readonly connections: readonly (readonly Recorded[])[];
  /** Waits until every client has ended its side and all that it sent is recorded. */
  clientsEnded(): Promise<unknown>;
}

/** Starts a relay to a port of this machine. */
export async function startRecorder(toPort: number): Promise<Recorder> {
  const connections: Recorded[][] = [];
  const sockets = new Set<Socket>();
  const ended: Promise<unknown>[] = [];
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const recorded: Recorded[] = [];
    connections.push(recorded);
    ended.push(Promise.race([once(client, "end"), once(client, "close")]));
    const upstream = connect({ port: toPort, host: "127.0.0.1", allowHalfOpen: true });
    relay(client, upstream, (bytes) => recorded.push({ from: "client", bytes }));
    relay(upstream, client, (bytes) => recorded.push({ from: "server", bytes }));
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    connections,
    clientsEnded: () => Promise.all(ended),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function relay(from: Socket, to: Socket, keep: (bytes: Uint8Array) => void): void {
  from.setNoDelay(true);
  from.on("data", (bytes) => {
    keep(bytes);
    to.write(bytes);
  });
  from.on("end", () => to.end());
  from.on("error", () => to.destroy());
}
