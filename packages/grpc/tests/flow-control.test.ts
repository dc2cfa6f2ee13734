import { expect, test } from "vitest";
import { startOrders } from "./support/orders-server.ts";

const NOTE = "x".repeat(16 * 1024);
const MESSAGES = 2000;

/** Resolves when a count has stayed the same for some rounds of the event loop and a little time. */
async function settled(count: () => number): Promise<number> {
  for (let [last, quiet] = [-1, 0]; ; ) {
    quiet = count() === last ? quiet + 1 : 0;
    if (quiet === 20) return last;
    last = count();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test("a slow reader holds back the handler of a server stream", async () => {
  let produced = 0;
  await using orders = await startOrders({
    async *watchOrders() {
      while (produced < MESSAGES) {
        produced += 1;
        yield { message: { case: "event" as const, value: { order: { note: NOTE } } } };
      }
    },
  });
  let read = 0;
  for await (const _ of orders.client.watchOrders({})) {
    read += 1;
    if (read > 1) continue;
    // The client's and the server's windows and buffers, far less than the 32 MB of the whole stream.
    expect((await settled(() => produced)) * NOTE.length).toBeLessThan(4 * 1024 * 1024);
  }
  expect(read).toBe(MESSAGES);
});

test("a slow handler holds back the messages of a client stream", async () => {
  let produced = 0;
  let taken = 0;
  await using orders = await startOrders({
    importOrders: async (requests) => {
      for await (const _ of requests) {
        taken += 1;
        if (taken > 1) continue;
        expect((await settled(() => produced)) * NOTE.length).toBeLessThan(4 * 1024 * 1024);
      }
      return { storedOrders: BigInt(taken) };
    },
  });
  async function* lines() {
    while (produced < MESSAGES) {
      produced += 1;
      yield { lineNumber: BigInt(produced), order: { note: NOTE } };
    }
  }
  expect((await orders.client.importOrders(lines())).storedOrders).toBe(BigInt(MESSAGES));
});

test("a client stream keeps no more than a window of its messages to send them again", async () => {
  const note = "x".repeat(36);
  let produced = 0;
  const stalled = Promise.withResolvers<number>();
  await using orders = await startOrders({
    importOrders: async (requests) => {
      const messages = requests[Symbol.asyncIterator]();
      await messages.next();
      stalled.resolve(await settled(() => produced));
      await messages.return?.();
      return {};
    },
  });
  async function* lines() {
    while (produced < 60_000) {
      produced += 1;
      yield { order: { note } };
    }
  }
  await orders.client.importOrders(lines());
  // grpc-js would keep 1 MiB, and copy the list of what it keeps for each message that it sends.
  expect((await stalled.promise) * note.length).toBeLessThan(512 * 1024);
});
