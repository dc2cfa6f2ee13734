import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { cpuTimeNs } from "@polywire/measure";
import { WebSocket } from "ws";
import type { Burst } from "./events.ts";

/** A server process with many clients on it. */
export interface Crowd extends AsyncDisposable {
  /** Server CPU of one delivery in µs: an event that one client has got. */
  cpuUsPerDelivery(burst: Burst): Promise<number>;
}

/** Starts a server and connects its clients. */
export async function gather(entry: URL, clients: number): Promise<Crowd> {
  const child: ChildProcess = fork(entry, { execArgv: [] });
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  let deliveries = 0;
  let onDelivery: () => void = () => undefined;
  const sockets = await Promise.all(
    Array.from({ length: clients }, async () => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/rt/ws?access_token=x`, "polywire.v1.json", {
        perMessageDeflate: false,
        skipUTF8Validation: true,
      });
      await once(socket, "open");
      socket.send('{"requestId":1,"subscribe":{"channel":"orders"}}');
      return socket;
    }),
  );
  // What comes before the first event (greeting, confirmation) is not counted.
  await new Promise((resolve) => setTimeout(resolve, 500));
  for (const socket of sockets) {
    socket.on("message", () => {
      deliveries += 1;
      onDelivery();
    });
  }
  return {
    async cpuUsPerDelivery(burst) {
      const due = burst.turns * burst.eventsPerTurn * clients;
      deliveries = 0;
      const before = cpuNs(child);
      const delivered = new Promise<void>((resolve) => {
        onDelivery = () => {
          if (deliveries === due) resolve();
        };
      });
      child.send(burst);
      await delivered;
      return Number(cpuNs(child) - before) / 1000 / due;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.terminate();
      child.disconnect();
      await once(child, "exit");
    },
  };
}

function cpuNs({ pid = 0 }: ChildProcess): bigint {
  const ns = cpuTimeNs([pid]);
  if (ns === null) throw new Error("this benchmark needs Linux: it reads CPU time from /proc/PID/schedstat");
  return ns;
}
