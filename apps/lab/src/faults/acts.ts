import { setTimeout as delay } from "node:timers/promises";
import { equals } from "@bufbuild/protobuf";
import { OrderSchema } from "@polywire/contract/polywire/orders/v1/order";
import { sampleOrder } from "../comparison/sample-order.ts";
import type { Stage } from "./stage.ts";
import { tally, wordFor } from "./words.ts";

/** What the callers here are ready to wait. Those without a deadline of their own give up a little later. */
const PATIENCE_MS = 400;
const GIVE_UP_MS = 500;
const IN_FLIGHT = 6;

/** Asks for the stage's order over the case's wire, with the caller's patience, and says how that ended. */
export function ask(stage: Stage): Promise<string> {
  const signal = AbortSignal.timeout(GIVE_UP_MS);
  // What has no deadline on its wire is left by its caller.
  return Promise.race([
    wordFor(stage.client.getOrder(stage.order.orderId, { timeoutMs: PATIENCE_MS, signal })),
    new Promise<string>((resolve) => signal.addEventListener("abort", () => resolve("gives up by itself"))),
  ]);
}

/** One call, on a connection that has the fault from its first byte. */
export async function askFirst(stage: Stage): Promise<string> {
  stage.strike();
  return ask(stage);
}

/** One call before, one with the fault, and how it goes on with the same client. */
export async function askBeforeAndAfter(stage: Stage): Promise<string> {
  await stage.client.getOrder(stage.order.orderId);
  stage.strike();
  return `${await ask(stage)}, then ${await ask(stage)}`;
}

/** The same, but the fault is lifted before the call after it. */
export async function askWhileAndAfter(stage: Stage): Promise<string> {
  await stage.client.getOrder(stage.order.orderId);
  stage.strike();
  const first = await ask(stage);
  stage.lift();
  return `${first}, lifted: ${await ask(stage)}`;
}

/** Whether the fastest of three calls takes at least so long: what one call takes, the machine's load decides too. */
export async function askHowFast(stage: Stage, leastMs: number): Promise<string> {
  await stage.client.getOrder(stage.order.orderId);
  stage.strike();
  let fastest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round += 1) {
    const startedAt = performance.now();
    await stage.client.getOrder(stage.order.orderId);
    fastest = Math.min(fastest, performance.now() - startedAt);
  }
  return fastest >= leastMs ? "OK, late" : "OK, on time";
}

/** Whether what comes over the wire is what was placed. */
export async function askWhat(stage: Stage): Promise<string> {
  stage.strike();
  const { lines, note, shippingAddress } = await stage.client.getOrder(stage.order.orderId);
  // Its status may have moved on meanwhile.
  const got = { ...stage.order, lines, note, ...(shippingAddress !== undefined && { shippingAddress }) };
  return equals(OrderSchema, got, stage.order) ? "the same order" : "another order";
}

/** Six calls at once. */
export async function askSixTimes(stage: Stage): Promise<string> {
  await stage.client.getOrder(stage.order.orderId);
  stage.strike();
  return tally(await Promise.all(inFlight(stage)));
}

/** Six calls at once, of which those are counted that end before the fault is lifted; the bystander shows that time passes. */
export async function countInTheGap(stage: Stage): Promise<string> {
  // As many connections as it takes, before the fault comes.
  await Promise.all(inFlight(stage));
  stage.strike();
  let ended = 0;
  const calls = inFlight(stage).map(async (call) => {
    const word = await call;
    ended += 1;
    return word;
  });
  await stage.untilStruck();
  await Promise.race([Promise.all(calls), timePasses(stage)]);
  const inGap = ended;
  stage.lift();
  return `${inGap} of ${IN_FLIGHT} end in the gap; in all ${tally(await Promise.all(calls))}`;
}

/** Time in which a client that nothing holds up makes many calls. */
async function timePasses({ bystander, order }: Stage): Promise<void> {
  const enough = delay(300);
  for (let round = 0; round < 10; round += 1) await bystander.getOrder(order.orderId);
  await enough;
}

function inFlight({ client, order }: Stage): Promise<string>[] {
  return Array.from({ length: IN_FLIGHT }, () => wordFor(client.getOrder(order.orderId)));
}

/** Places an order through the fault, and counts what was placed. */
export async function place(stage: Stage, idempotencyKey = ""): Promise<string> {
  const placed: string[] = [];
  await stage.subscribe("bystander", (orderId) => placed.push(orderId));
  stage.strike();
  const word = await wordFor(stage.client.createOrder({ ...sampleOrder(), idempotencyKey }));
  // The log is in order: once this one's event is there, those of all before are.
  const last = await stage.bystander.createOrder(sampleOrder());
  await until(() => placed.includes(last.orderId));
  const orders = new Set(placed).size - 1;
  return `${word}, ${orders} placed`;
}

/** Waits for what the system brings about; gives up after 10 s. */
export async function until(condition: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > giveUpAt) throw new Error("what was to come did not within 10 s");
    await delay(10);
  }
}
