/**
 * What stays behind: the heap after a garbage collection over many calls that end badly (cancelled, out of time, failed,
 * left in the middle), and the memory in use during a long stream whose reader is slow. Client and server are one
 * process, so that it finds what either keeps.
 *
 *     node packages/grpc/bench/memory.bench.ts [--calls 100000] [--messages 1000000] [--json]
 *
 * Exits 1 when a target is missed.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { implement } from "@polywire/rpc";
import { createGrpcServer, createGrpcTransport } from "../src/index.ts";
import { watchOrdersResponse } from "./support/fixtures.ts";

const TARGET = { heapBytesPerCall: 16, streamGrowthMb: 32, messagesAhead: 5000 } as const;
const AT_A_TIME = 50;
const ROUNDS = 5;
const READER_RESTS_EVERY = 1000;

const { values } = parseArgs({
  options: {
    calls: { type: "string", default: "100000" },
    messages: { type: "string", default: "1000000" },
    json: { type: "boolean", default: false },
  },
});
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

let produced = 0;
const server = createGrpcServer({
  services: [
    implement(OrderService, {
      // The id says what becomes of the call.
      getOrder: async ({ orderId }, { signal }) => {
        if (orderId === "fails") throw new ConnectError("it fails", Code.FailedPrecondition);
        const { promise, reject } = Promise.withResolvers<never>();
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        return await promise;
      },
      importOrders: async (requests) => {
        for await (const _ of requests);
        return {};
      },
      async *watchOrders() {
        for (;;) {
          produced += 1;
          yield watchOrdersResponse;
        }
      },
    }),
  ],
  interceptors: [],
});
const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
const transport = createGrpcTransport({ address: `127.0.0.1:${port}` });
const client = createClient(OrderService, transport);

const endings: (() => Promise<unknown>)[] = [
  () => client.getOrder({ orderId: "fails" }),
  () => client.getOrder({ orderId: "waits" }, { timeoutMs: 5 }),
  () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 2);
    return client.getOrder({ orderId: "waits" }, { signal: controller.signal });
  },
  () => {
    const controller = new AbortController();
    return client.importOrders(brokenOff(controller), { signal: controller.signal });
  },
  async () => {
    // As connect-es has it: leaving the loop alone would not end the call.
    const controller = new AbortController();
    for await (const _ of client.watchOrders({}, { signal: controller.signal })) controller.abort();
  },
];

const leak = await heapOverCalls(Number(values.calls));
const stream = await memoryOfStream(Number(values.messages));
transport.close();
await server.close();

const isGood =
  leak.bytesPerCall <= TARGET.heapBytesPerCall &&
  stream.growthMb <= TARGET.streamGrowthMb &&
  stream.mostAhead <= TARGET.messagesAhead;
process.exitCode = isGood ? 0 : 1;
process.stdout.write(
  values.json
    ? `${JSON.stringify({ benchmark: "grpc-memory", leak, stream, target: TARGET })}\n`
    : [
        `${leak.calls} calls that end badly: heap ${leak.heapsMb.map((mb) => mb.toFixed(2)).join(", ")} MB`,
        `  growth ${leak.bytesPerCall.toFixed(1)} bytes a call (target ${TARGET.heapBytesPerCall})`,
        `${stream.messages} messages to a slow reader: resident ${stream.residentMb.map((mb) => mb.toFixed(0)).join(", ")} MB`,
        `  growth ${stream.growthMb.toFixed(1)} MB (target ${TARGET.streamGrowthMb}), handler at most ${stream.mostAhead} messages ahead (target ${TARGET.messagesAhead})`,
        "",
      ].join("\n"),
);

/** The heap after each of some rounds; the first, which fills caches, is not counted. */
async function heapOverCalls(calls: number) {
  const perRound = Math.ceil(calls / ROUNDS);
  const heapsMb: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    await makeCalls(perRound);
    heapsMb.push(await heapMb());
  }
  const [first = 0] = heapsMb;
  const growth = (heapsMb.at(-1) ?? 0) - first;
  return { calls: perRound * ROUNDS, heapsMb, bytesPerCall: (growth * 1e6) / (perRound * ROUNDS) };
}

async function makeCalls(calls: number): Promise<void> {
  let started = 0;
  const worker = async () => {
    while (started < calls) {
      const call = endings[started % endings.length];
      started += 1;
      const ending = await call?.().then(
        () => "well",
        () => "badly",
      );
      if (ending !== "badly") throw new Error("a call that should have ended badly did not");
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
}

async function heapMb(): Promise<number> {
  // What closes late, and what needs a second collection.
  for (let pass = 0; pass < 3; pass += 1) {
    await sleep(100);
    collect();
  }
  return process.memoryUsage().heapUsed / 1e6;
}

async function* brokenOff(controller: AbortController) {
  yield {};
  controller.abort();
  yield {};
}

async function memoryOfStream(messages: number) {
  produced = 0;
  let received = 0;
  let mostAhead = 0;
  const controller = new AbortController();
  const residentMb: number[] = [];
  for await (const _ of client.watchOrders({}, { signal: controller.signal })) {
    received += 1;
    mostAhead = Math.max(mostAhead, produced - received);
    if (received % READER_RESTS_EVERY === 0) await sleep(1);
    if (received % Math.ceil(messages / 10) === 0) residentMb.push(process.memoryUsage.rss() / 1e6);
    if (received === messages) break;
  }
  controller.abort();
  const [first = 0] = residentMb;
  return { messages, residentMb, growthMb: Math.max(...residentMb) - first, mostAhead };
}
