import { once } from "node:events";
import { createServer } from "node:http";
import { createMemoryEventLog, createRealtimeServer, startLogTail } from "../../src/server/index.ts";
import { serveBursts, typicalEvent } from "./events.ts";

const log = createMemoryEventLog();
const tail = startLogTail({ log });
const realtime = createRealtimeServer({
  log,
  tail,
  nodeId: "bench",
  verify: async () => ({ subject: "bench", scopes: [], expiresAtMs: Date.now() + 3_600_000 }),
  authorize: async () => undefined,
  execute: () => Promise.reject(new Error("no commands here")),
});
const server = createServer();
server.on("upgrade", realtime.upgrade);
server.listen(0, "127.0.0.1");
await once(server, "listening");
while (!tail.live) await new Promise((resolve) => setTimeout(resolve, 5));
const address = server.address();
serveBursts(typeof address === "object" && address !== null ? address.port : 0, (number) => {
  log.append(typicalEvent(number));
});
process.on("disconnect", () => process.exit(0));
