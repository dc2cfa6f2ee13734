/**
 * What an imported order costs: orders a second through ImportOrders into a real Postgres, and the CPU time of the order
 * service, of Postgres and of the client for each of them. Pricing answers from memory; inventory does not answer, so
 * that taking the stock, which comes later, is left out.
 *
 *     node apps/orders/bench/import.bench.ts [--json] [--profile FILE]
 *
 * The rate depends on what else the machine does; the CPU time says what two cores could do at best.
 */
import { parseArgs } from "node:util";
import { createClient } from "@connectrpc/connect";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcTransport } from "@polywire/grpc";
import { cpuTimeNs } from "@polywire/measure";
import { startOrdersProcess } from "../tests/support/orders-process.ts";
import { as, startWorld } from "../tests/support/world.ts";

const ORDERS = 40_000;
const ROUNDS = 4;

const { values } = parseArgs({
  options: { json: { type: "boolean", default: false }, profile: { type: "string", default: "" } },
});
const flags = values.profile === "" ? [] : ["--cpu-prof", `--cpu-prof-name=${values.profile}`];

await using world = await startWorld();
const environment = { ...world.environment(await world.freshDatabase()), POLYWIRE_LOG_LEVEL: "info" };
await using orders = await startOrdersProcess(environment, flags);
const transport = createGrpcTransport({ address: String(orders.addresses.grpc) });
const client = createClient(OrderService, transport);
const caller = await as(world, "importer");
world.standIns.before = async (method) => {
  if (method === "reserve") await new Promise((resolve) => setTimeout(resolve, 60_000).unref());
};

const results: Result[] = [];
for (const keyed of [false, true]) {
  // The first round warms up.
  for (let round = 0; round < ROUNDS; round += 1) {
    const result = await measure(keyed, round);
    if (round > 0) results.push(result);
  }
}
transport.close();
await orders.terminate();

interface Result {
  case: string;
  ordersPerSecond: number;
  ordersUs: number;
  postgresUs: number;
  clientUs: number;
}

async function measure(keyed: boolean, round: number): Promise<Result> {
  const { user, system } = process.cpuUsage();
  const read = () => [cpuTimeNs([orders.pid]) ?? 0n, cpuTimeNs(world.postgres.pids.slice(0, 1)) ?? 0n];
  const before = read();
  const startedMs = performance.now();
  const summary = await client.importOrders(lines(keyed, round), caller);
  const seconds = (performance.now() - startedMs) / 1000;
  const after = read();
  const used = process.cpuUsage({ user, system });
  if (summary.storedOrders !== BigInt(ORDERS)) throw new Error(`stored ${summary.storedOrders}, not ${ORDERS}`);
  const usOf = (index: number) => Number((after[index] ?? 0n) - (before[index] ?? 0n)) / 1000 / ORDERS;
  return {
    case: keyed ? "with idempotency keys" : "without keys",
    ordersPerSecond: ORDERS / seconds,
    ordersUs: usOf(0),
    postgresUs: usOf(1),
    clientUs: (used.user + used.system) / ORDERS,
  };
}

async function* lines(keyed: boolean, round: number) {
  for (let number = 1; number <= ORDERS; number += 1) {
    const sku = `SKU-${String(number % 2000).padStart(5, "0")}`;
    const idempotencyKey = keyed ? `import-${round}-${number}` : "";
    yield {
      lineNumber: BigInt(number),
      order: { lines: [{ sku, quantity: 1 + (number % 3) }], note: "imported", idempotencyKey },
    };
  }
}

process.stdout.write(values.json ? `${JSON.stringify({ benchmark: "import", orders: ORDERS, results })}\n` : table());

function table(): string {
  const row = ({ case: name, ordersPerSecond, ordersUs, postgresUs, clientUs }: Result): string => {
    const best = Math.round(2e6 / (ordersUs + postgresUs));
    const figures = [ordersPerSecond, ordersUs, postgresUs, clientUs, best].map((each) => each.toFixed(0).padStart(12));
    return `${name.padEnd(24)}${figures.join("")}`;
  };
  const head = `${"".padEnd(24)}${["orders/s", "service µs", "postgres µs", "client µs", "2 cores: /s"].map((each) => each.padStart(12)).join("")}`;
  return `${[head, ...results.map(row)].join("\n")}\n`;
}
