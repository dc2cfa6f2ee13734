import { isDeepStrictEqual } from "node:util";
import { ConnectError } from "@connectrpc/connect";
import type { ParityDifference, ParityReport } from "../comparison/report.ts";
import { sampleOrder } from "../comparison/sample-order.ts";
import type { RunningSystem } from "../system/running-system.ts";
import { callRoutes, connectWire } from "../wires/routes.ts";
import { splitAddress } from "../wires/split-address.ts";
import { CALL_WIRES, type CallWire, type OrderClient } from "../wires/wire.ts";
import { type CanonicalAnswer, canonicalOrder, PARITY_CASES } from "./cases.ts";

/** The wire that the others are compared with: the one that the order service speaks itself. */
const REFERENCE: CallWire = "grpc";

/** Runs every case over every wire this run offers, and reads what each wire stored over each of the others. */
export async function checkParity(
  system: Pick<RunningSystem, "endpoints" | "issueToken">,
  onProgress: (message: string) => void,
): Promise<ParityReport> {
  const token = await system.issueToken({ subject: "parity" });
  await using stack = new AsyncDisposableStack();
  const clients = new Map<CallWire, OrderClient>();
  const routes = callRoutes(system.endpoints);
  for (const wire of CALL_WIRES) {
    const route = routes[wire];
    if ("reason" in route) continue;
    clients.set(wire, stack.use(connectWire(wire, { ...splitAddress(route.address), token })));
  }
  const differences: ParityDifference[] = [];
  for (const { name, run } of PARITY_CASES) {
    onProgress(name);
    differences.push(...differing(name, await askEach(clients, run)));
  }
  for (const [creator, client] of clients) {
    const name = `read over every wire what ${creator} stored`;
    onProgress(name);
    const orderId = await settledOrder(client);
    differences.push(
      ...differing(name, await askEach(clients, async (reader) => canonicalOrder(await reader.getOrder(orderId)))),
    );
  }
  return { ok: differences.length === 0, differences };
}

type Answers = ReadonlyMap<CallWire, CanonicalAnswer>;

/** The wires one after the other, so that none changes what another reads. A call that breaks is an answer too. */
async function askEach(
  clients: ReadonlyMap<CallWire, OrderClient>,
  ask: (client: OrderClient) => Promise<CanonicalAnswer>,
): Promise<Answers> {
  const answers = new Map<CallWire, CanonicalAnswer>();
  for (const [wire, client] of clients) {
    try {
      answers.set(wire, await ask(client));
    } catch (error) {
      answers.set(wire, { broken: error instanceof ConnectError ? error.message : String(error) });
    }
  }
  return answers;
}

/** The answers that are not the reference's; the reference itself, when it broke. */
export function differing(name: string, answers: Answers): ParityDifference[] {
  const expected = answers.get(REFERENCE);
  return [...answers]
    .filter(([, actual]) => !isDeepStrictEqual(actual, expected) || isBroken(actual))
    .map(([wire, actual]) => ({ case: name, wire, expected, actual }));
}

const isBroken = (answer: CanonicalAnswer): boolean =>
  typeof answer === "object" && answer !== null && "broken" in answer;

/** Places an order and cancels it: cancelled is final, so every wire reads the same state. */
async function settledOrder(client: OrderClient): Promise<string> {
  const { orderId } = await client.createOrder(sampleOrder());
  await client.cancelOrder({ orderId });
  return orderId;
}
