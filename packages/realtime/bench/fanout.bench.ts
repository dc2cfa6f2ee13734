/**
 * What a delivery costs: server CPU of bringing one event to one of 200 WebSocket clients, against a plain loop over
 * `ws` clients that makes the text for each of them, and against one that makes it once. Three server processes, in turn.
 *
 *     node packages/realtime/bench/fanout.bench.ts [--json]
 */
import { parseArgs } from "node:util";
import { interleave, median } from "@polywire/measure";
import { gather } from "./support/crowd.ts";

const clients = 200;
const cases = [
  { name: "1 event a turn", burst: { turns: 100, eventsPerTurn: 1 } },
  { name: "10 events a turn", burst: { turns: 20, eventsPerTurn: 10 } },
];

const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
await using naive = await gather(new URL("support/naive-server.ts", import.meta.url), clients);
await using encoded = await gather(new URL("support/encoded-server.ts", import.meta.url), clients);
await using polywire = await gather(new URL("support/polywire-server.ts", import.meta.url), clients);

interface Result {
  case: string;
  polywireUs: number;
  others: { name: string; timesPolywire: number }[];
}

const results: Result[] = [];
for (const { name, burst } of cases) {
  const { reference, comparisons } = await interleave({
    variants: [
      { name: "polywire", run: () => polywire.cpuUsPerDelivery(burst) },
      { name: "naive loop", run: () => naive.cpuUsPerDelivery(burst) },
      { name: "text made once", run: () => encoded.cpuUsPerDelivery(burst) },
    ],
    pairs: 12,
    discardFirst: 3,
  });
  results.push({
    case: name,
    polywireUs: median(reference.values),
    others: comparisons.map(({ name: other, medianRatio }) => ({ name: other, timesPolywire: medianRatio })),
  });
}

process.stdout.write(values.json ? `${JSON.stringify({ benchmark: "fanout", clients, results })}\n` : table());

function table(): string {
  const lines = results.flatMap((result) => [
    `${result.case.padEnd(18)}${result.polywireUs.toFixed(2).padStart(8)} µs`,
    ...result.others.map(
      ({ name, timesPolywire }) => `  ${name.padEnd(16)}${timesPolywire.toFixed(2).padStart(8)} times as much`,
    ),
  ]);
  return `server CPU of one delivery, ${clients} clients\n${lines.join("\n")}\n`;
}
