/**
 * What the whole interceptor chain costs: server CPU of GetOrder, and of a server stream of 1,000 messages, against a
 * bare grpc-js handler that answers the same message. Two server processes, measured in turn.
 *
 *     node packages/grpc/bench/unary.bench.ts [--json]
 *
 * Exits 1 when a median ratio is above its target.
 */
import { parseArgs } from "node:util";
import { cpuTimeNs, interleave } from "@polywire/measure";
import { createLoad, type Load } from "./support/load.ts";
import { type ServedProcess, startServed } from "./support/served.ts";

const CASES = [
  { name: "unary GetOrder", calls: 2000, targetRatio: 1.25, run: (load: Load, calls: number) => load.unary(calls) },
  { name: "stream of 1,000", calls: 20, targetRatio: 1.3, run: (load: Load, calls: number) => load.stream(calls) },
];

const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
await using bare = await startServed(new URL("support/bare-server.ts", import.meta.url));
await using polywire = await startServed(new URL("support/polywire-server.ts", import.meta.url));
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
    const before = cpuNs(server);
    await run(load, calls);
    return Number(cpuNs(server) - before) / 1000 / calls;
  };
  const { reference, comparisons } = await interleave({
    variants: [
      { name: "bare", run: () => cpuUsPerCall(bare, bareLoad) },
      { name: "polywire", run: () => cpuUsPerCall(polywire, polywireLoad) },
    ],
    pairs: 41,
    discardFirst: 8,
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

function cpuNs({ pid }: ServedProcess): bigint {
  const ns = cpuTimeNs([pid]);
  if (ns === null) throw new Error("this benchmark needs Linux: it reads CPU time from /proc/PID/schedstat");
  return ns;
}

function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN;
}
