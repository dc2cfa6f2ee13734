import {
  createHistogram,
  type Histogram,
  type IdleBaseline,
  idleBaseline,
  isTrustworthy,
  measureCpu,
  type OpenLoopResult,
  runOpenLoop,
} from "@polywire/measure";
import { type CountingProxy, createCountingProxy } from "@polywire/wire/proxy";
import type { RunningSystem } from "../system/running-system.ts";
import { callRoutes, connectWire, type Route, type Unroutable } from "../wires/routes.ts";
import { splitAddress } from "../wires/split-address.ts";
import { CALL_WIRES, type CallWire, type OrderClient } from "../wires/wire.ts";
import type { WireRow } from "./report.ts";
import { sampleOrder } from "./sample-order.ts";
import type { ComparisonSurroundings } from "./surroundings.ts";

/** How hard the wires are worked: modest, so that the figures show the wires and not a queue. */
export interface CallLoad {
  readonly ratePerSecond: number;
  /** Calls of one wire in one round. */
  readonly callsPerRound: number;
  /** The wires take turns this often, so that a disturbance of the machine does not meet one wire alone. */
  readonly rounds: number;
  readonly warmupCalls: number;
}

/** Reads an order over every wire, again and again, and counts what that takes. */
export async function measureCalls(
  system: RunningSystem,
  load: CallLoad,
  { onProgress, signal }: ComparisonSurroundings,
): Promise<WireRow[]> {
  const routes = callRoutes(system.endpoints);
  const token = await system.issueToken({ subject: "comparison" });
  await using lanes = new AsyncDisposableStack();
  const contenders: Contender[] = [];
  for (const wire of CALL_WIRES) {
    const route = routes[wire];
    if ("reason" in route) continue;
    contenders.push(lanes.use(await enter(wire, { route, token, system })));
  }
  for (const contender of contenders) {
    onProgress("warming up", contender.wire);
    await runOpenLoop({ target: contender, ratePerSecond: load.ratePerSecond, calls: load.warmupCalls, signal });
  }
  onProgress("measuring what the processes use when idle");
  await Promise.all(contenders.map((contender) => contender.rest()));
  for (let round = 1; round <= load.rounds; round += 1) {
    for (const contender of contenders) {
      onProgress(`calling, round ${round} of ${load.rounds}`, contender.wire);
      await contender.round(load, signal);
    }
  }
  return CALL_WIRES.map(
    (wire) => contenders.find((contender) => contender.wire === wire)?.row() ?? emptyRow(wire, routes[wire]),
  );
}

const IDLE_MS = 1_000;

/** One wire in the comparison: a client behind a byte counter, and what it has measured so far. */
interface Contender extends AsyncDisposable {
  readonly wire: CallWire;
  call(signal: AbortSignal): Promise<void>;
  rest(): Promise<void>;
  round(load: CallLoad, signal: AbortSignal): Promise<void>;
  row(): WireRow;
}

async function enter(
  wire: CallWire,
  { route, token, system }: { route: Route; token: string; system: RunningSystem },
): Promise<Contender> {
  await using opened = new AsyncDisposableStack();
  const proxy = opened.use(await createCountingProxy({ upstream: splitAddress(route.address) }));
  const client = opened.use(connectWire(wire, { ...proxy.address, token }));
  const { orderId } = await placeOrder(wire, client);
  const pids = system.pidsBehind(route);
  const sum = new Sum();
  let baseline: IdleBaseline | null = null;
  const call = async (signal: AbortSignal): Promise<void> => {
    await client.getOrder(orderId, { signal });
  };
  const owned = opened.move();
  return {
    wire,
    call,
    rest: async () => {
      baseline = await idleBaseline({ pids, durationMs: IDLE_MS });
    },
    round: async ({ ratePerSecond, callsPerRound }, signal) => {
      const before = proxy.snapshot();
      const { value, netNs } = await measureCpu({
        pids,
        baseline,
        during: () => runOpenLoop({ target: { call }, ratePerSecond, calls: callsPerRound, signal }),
      });
      sum.add(value, { before, after: proxy.snapshot(), cpuNs: netNs });
    },
    row: () => ({ wire, path: route.path, ...sum.figures(proxy) }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function placeOrder(wire: CallWire, client: OrderClient) {
  try {
    return await client.createOrder(sampleOrder(), { timeoutMs: 10_000 });
  } catch (cause) {
    throw new Error(`no order could be placed over ${wire}: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
}

type Snapshot = ReturnType<CountingProxy["snapshot"]>;

/** Adds up the rounds of one wire. */
class Sum {
  readonly #latency: Histogram = createHistogram();
  #calls = 0;
  #errors = 0;
  #bytesUp = 0;
  #bytesDown = 0;
  #cpuNs: number | null = 0;
  #note: string | null = null;

  add(result: OpenLoopResult, { before, after, cpuNs }: { before: Snapshot; after: Snapshot; cpuNs: number | null }) {
    this.#latency.merge(result.latency);
    this.#calls += result.calls;
    this.#errors += result.errors;
    this.#bytesUp += after.bytesUp - before.bytesUp;
    this.#bytesDown += after.bytesDown - before.bytesDown;
    this.#cpuNs = this.#cpuNs === null || cpuNs === null ? null : this.#cpuNs + cpuNs;
    const [firstError] = result.errorSamples;
    if (firstError !== undefined) this.#note = firstError.message;
    else if (!isTrustworthy(result)) this.#note = "the load generator fell behind: latency not to be trusted";
  }

  figures({ connections }: CountingProxy): Omit<WireRow, "wire" | "path"> {
    const calls = this.#calls;
    return {
      calls,
      errors: this.#errors,
      p50Ms: this.#latency.quantileMs(0.5),
      p99Ms: this.#latency.quantileMs(0.99),
      bytesUpPerCall: this.#bytesUp / calls,
      bytesDownPerCall: this.#bytesDown / calls,
      connections,
      serverCpuUsPerCall: this.#cpuNs === null ? null : this.#cpuNs / 1_000 / calls,
      note: this.#note,
    };
  }
}

function emptyRow(wire: CallWire, route: Route | Unroutable): WireRow {
  const figures = { p50Ms: null, p99Ms: null, bytesUpPerCall: null, bytesDownPerCall: null, serverCpuUsPerCall: null };
  const note = "reason" in route ? route.reason : null;
  return { wire, path: null, calls: 0, errors: 0, connections: 0, ...figures, note };
}
