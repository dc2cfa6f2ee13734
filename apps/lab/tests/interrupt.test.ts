import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { openTokenIssuer } from "@polywire/service";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sampleOrder } from "../src/comparison/sample-order.ts";
import type { RunDocument } from "../src/system/discovery.ts";
import { homePaths } from "../src/system/home.ts";
import { connectWire } from "../src/wires/routes.ts";
import { splitAddress } from "../src/wires/split-address.ts";
import type { OrderClient } from "../src/wires/wire.ts";
import { type LabResult, startLab } from "./support/lab-process.ts";
import { childrenOf, type OwnHome, ownHome } from "./support/own-home.ts";

/** From the signal to the end of the command. */
const STOP_BOUND_MS = 5_000;
const READY = /Polywire is ready/;

let home: OwnHome;
let orderId: string;
beforeAll(async () => {
  home = await ownHome();
});
afterAll(() => home[Symbol.asyncDispose]());

/** Starts the lab, ends it at some moment, and waits until nothing of it is left. */
async function endedAt(moment: Moment, signal: NodeJS.Signals): Promise<LabResult & { stopMs: number }> {
  await using lab = startLab({ args: moment.args ?? ["up"], environment: home.environment });
  if (moment.after !== undefined) await lab.saw(moment.after);
  // The moment itself is what is tested: there is nothing to wait for.
  await delay(moment.plusMs ?? 0);
  const children = await childrenOf(lab.pid);
  const signalledAt = performance.now();
  lab.kill(signal);
  const ended = await lab.ended;
  const stopMs = performance.now() - signalledAt;
  await home.deserted(children);
  return { ...ended, stopMs };
}

interface Moment {
  readonly title: string;
  readonly args?: readonly string[];
  /** What the command has written by then. */
  readonly after?: RegExp;
  readonly plusMs?: number;
}

/** An order service's client on a system that runs on the home. */
async function orders(): Promise<OrderClient> {
  const paths = homePaths(home.path);
  const { services }: RunDocument = JSON.parse(await readFile(paths.run, "utf8"));
  const address = services.find(({ name }) => name === "orders")?.grpc ?? "";
  const token = await (await openTokenIssuer(paths.tokenKey)).issue({ subject: "interrupted" });
  return connectWire("grpc", { ...splitAddress(address), token });
}

test.each<Moment>([
  { title: "before it has said anything", plusMs: 100 },
  { title: "while it looks for its parts", after: /looking for/ },
  { title: "while the data folders are made", after: /starting Postgres/, plusMs: 200 },
  { title: "a little later", after: /starting Postgres/, plusMs: 600 },
])("up on an empty home that is interrupted $title leaves nothing running", async (moment) => {
  const { code, signal, stdout, stderr, stopMs } = await endedAt(moment, "SIGINT");
  // Before the lab listens to signals there is nothing to stop.
  expect(signal ?? code).toEqual(moment.after === undefined ? expect.anything() : 130);
  expect(stdout).toBe("");
  expect(stderr).not.toContain("✗");
  expect(stopMs).toBeLessThan(STOP_BOUND_MS);
});

test("up on what those left starts and takes an order; killed, it leaves nothing running", async () => {
  await using lab = startLab({ args: ["up"], environment: home.environment });
  await lab.saw(READY);
  const children = await childrenOf(lab.pid);
  await using client = await orders();
  ({ orderId } = await client.createOrder(sampleOrder()));
  lab.kill("SIGKILL");
  expect(await lab.ended).toMatchObject({ signal: "SIGKILL" });
  await home.deserted(children);
});

test.each<Moment>([
  { title: "while Postgres starts", after: /starting Postgres/, plusMs: 150 },
  { title: "before the first service is there", after: /starting the services/ },
  { title: "while the services start", after: /starting the services/, plusMs: 600 },
  { title: "a little later", after: /starting the services/, plusMs: 1_500 },
  { title: "while it calls", args: ["start", "--once"], after: /… warming up/, plusMs: 200 },
])("a start that is interrupted $title leaves nothing running and is no success", async (moment) => {
  const { code, stderr, stopMs } = await endedAt(moment, "SIGINT");
  expect(code).toBe(130);
  expect(stderr).toContain("stopping everything");
  expect(stderr).not.toContain("✗");
  expect(stopMs).toBeLessThan(STOP_BOUND_MS);
});

test("a start that is killed while the services start leaves nothing running", async () => {
  const moment = { title: "", after: /starting the services/, plusMs: 500 };
  expect(await endedAt(moment, "SIGKILL")).toMatchObject({ signal: "SIGKILL" });
});

test("up after all of that finds the order, and ends with 0 when it is interrupted", async () => {
  await using lab = startLab({ args: ["up"], environment: home.environment });
  await lab.saw(READY);
  await using client = await orders();
  expect(await client.getOrder(orderId)).toMatchObject({ orderId });
  lab.kill("SIGINT");
  expect(await lab.ended).toMatchObject({ code: 0 });
  await home.deserted();
});
