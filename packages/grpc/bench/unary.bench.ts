/**
 * What the whole interceptor chain costs: server CPU of GetOrder, and of a server stream of 1,000 messages, against a
 * bare grpc-js handler that answers the same message. Two server processes, measured in turn.
 *
 *     node packages/grpc/bench/unary.bench.ts [--json]
 *
 * Exits 1 when a median ratio is above its target.
 */
import { parseArgs } from "node:util";
import { interleave, median } from "@polywire/measure";
import { createLoad, type Load } from "./support/load.ts";
import { keepOffServers, type ServedProcess, startServed } from "./support/served.ts";

// Long enough that each figure holds several garbage collections: one more or less would be a quarter of 1,000 calls.
const CASES = [
  { name: "unary GetOrder", calls: 8000, targetRatio: 1.25, run: (load: Load, calls: number) => load.unary(calls) },
  { name: "stream of 1,000", calls: 40, targetRatio: 1.3, run: (load: Load, calls: number) => load.stream(calls) },
];

const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
await using bare = await startServed(new URL("support/bare-server.ts", import.meta.url));
await using polywire = await startServed(new URL("support/polywire-server.ts", import.meta.url));
keepOffServers();
const { token = "" } = polywire;
const [bareLoad, polywireLoad] = [createLoad({ port: bare.port, token }), createLoad({ port: polywire.port, token })];

interface Result {
  case: string;
  bareUsPerCall: number;
  polywireUsPerCall: number;
  ratio: number;
  targetRatio: number;
  ratios: readonly number[];
}

const results: Result[] = [];
for (const { name, calls, targetRatio, run } of CASES) {
  const cpuUsPerCall = async (server: ServedProcess, load: Load) => {
    const before = await server.cpuUs();
    await run(load, calls);
    return ((await server.cpuUs()) - before) / calls;
  };
  const { reference, comparisons } = await interleave({
    variants: [
      { name: "bare", run: () => cpuUsPerCall(bare, bareLoad) },
      { name: "polywire", run: () => cpuUsPerCall(polywire, polywireLoad) },
    ],
    pairs: 21,
    discardFirst: 3,
  });
  const [measured] = comparisons;
  if (!measured) throw new Error("nothing was compared");
  results.push({
    case: name,
    bareUsPerCall: median(reference.values),
    polywireUsPerCall: median(measured.values),
    ratio: measured.medianRatio,
    targetRatio,
    ratios: measured.ratios,
  });
}
bareLoad.close();
polywireLoad.close();

process.stdout.write(values.json ? `${JSON.stringify({ benchmark: "grpc-unary", results })}\n` : table());
process.exitCode = results.every(({ ratio, targetRatio }) => ratio <= targetRatio) ? 0 : 1;

function table(): string {
  const lines = results.map((result) => {
    const spread = `${Math.min(...result.ratios).toFixed(2)}–${Math.max(...result.ratios).toFixed(2)}`;
    return [
      result.case.padEnd(18),
      result.bareUsPerCall.toFixed(1).padStart(10),
      result.polywireUsPerCall.toFixed(1).padStart(12),
      result.ratio.toFixed(3).padStart(8),
      spread.padStart(12),
      result.targetRatio.toFixed(2).padStart(9),
    ].join("");
  });
  const head = "server CPU, µs       bare    polywire   ratio      spread   target";
  return `${[head, ...lines].join("\n")}\n`;
}
