import { setTimeout } from "node:timers/promises";
import { createTcpProxy } from "@polywire/wire/proxy";
import { splitAddress } from "../../wires/split-address.ts";
import { sum } from "../building-blocks/sum.ts";
import { holdsIf, type Verdict } from "../framework/verdicts.ts";
import { openPolywire } from "./callers.ts";
import { startWorker, type Worker } from "./worker.ts";

/** Who got the calls made after a backend was added behind a balancer of connections. */
export interface ShareSeen {
  /** null: no limit. */
  readonly maxAgeMs: number | null;
  /** Calls by backend, the added one last. */
  readonly byBackend: readonly number[];
  /** Connections made after it was added. */
  readonly connections: number;
  readonly failed: number;
}

/** How many call, and how often. */
interface ShareOptions {
  /** Infinity: no limit. */
  readonly maxAgeMs: number;
  /** Asked before each call: whether those since the backend was added are enough. */
  enough(seen: { readonly calls: number; readonly connections: number }): boolean;
  readonly signal: AbortSignal;
}

const CHANNELS = 4;
const OLD_BACKENDS = 2;
const PAUSE_MS = 4;
/** Connections that are not replaced in as many times their age will never be. */
const PATIENCE_AGES = 10;

/** Adds a backend behind a balancer of connections, and counts where calls on long-lived channels go from then on. */
async function shareOfAdded({ maxAgeMs, enough, signal }: ShareOptions): Promise<ShareSeen> {
  await using stack = new AsyncDisposableStack();
  const workers: Worker[] = [];
  const add = async () => workers.push(stack.use(await startWorker(maxAgeMs)));
  for (let count = 0; count < OLD_BACKENDS; count += 1) await add();

  let accepted = 0;
  const balancer = stack.use(
    await createTcpProxy({
      upstream(connection) {
        accepted = connection;
        const chosen = workers[connection % workers.length];
        if (chosen === undefined) throw new Error("there is no backend");
        return splitAddress(chosen.address);
      },
    }),
  );
  const { host, port } = balancer.address;
  const callers = Array.from({ length: CHANNELS }, () => stack.use(openPolywire([`${host}:${port}`])));
  for (const caller of callers) await caller.call(0);

  const before = [...workers.map((worker) => worker.calls), 0];
  const connected = accepted;
  await add();
  let calls = 0;
  let failed = 0;
  await Promise.all(
    callers.map(async (caller) => {
      while (!enough({ calls, connections: accepted - connected })) {
        calls += 1;
        if ((await caller.call(0)) !== "OK") failed += 1;
        await setTimeout(PAUSE_MS, undefined, { signal });
      }
    }),
  );
  return {
    maxAgeMs: Number.isFinite(maxAgeMs) ? maxAgeMs : null,
    byBackend: workers.map((worker, index) => worker.calls - (before[index] ?? 0)),
    connections: accepted - connected,
    failed,
  };
}

/** Replaces the connection of each channel so often; makes as many calls on connections without an age. */
export async function compareAges(options: { maxAgeMs: number; rounds: number; signal: AbortSignal }) {
  const { maxAgeMs, rounds, signal } = options;
  const wanted = rounds * CHANNELS;
  const giveUpAt = performance.now() + PATIENCE_AGES * rounds * maxAgeMs;
  const aged = await shareOfAdded({
    maxAgeMs,
    enough: ({ connections }) => connections >= wanted || performance.now() > giveUpAt,
    signal,
  });
  const made = sum(aged.byBackend);
  const ageless = await shareOfAdded({
    maxAgeMs: Number.POSITIVE_INFINITY,
    enough: ({ calls }) => calls >= made,
    signal,
  });
  return { aged, ageless };
}

/** A third would be fair; what was connected before it came counts against it. */
const LEAST_SHARE = 0.2;

/** Claim 36.4: what an added backend gets. */
export function ageClaim(aged: ShareSeen, ageless: ShareSeen): Verdict {
  return holdsIf(shareOf(aged) >= LEAST_SHARE && aged.failed === 0, tell(aged), [
    { name: "the same channels without an age", bit: shareOf(ageless) === 0, because: tell(ageless) },
  ]);
}

/** The part of the calls that the added backend got. */
export function shareOf({ byBackend }: ShareSeen): number {
  return (byBackend.at(-1) ?? 0) / sum(byBackend);
}

function tell(seen: ShareSeen): string {
  const { byBackend, connections, failed } = seen;
  const percent = (shareOf(seen) * 100).toFixed(0);
  return `the added backend got ${byBackend.at(-1)} of ${sum(byBackend)} calls (${percent} %), ${connections} new connections, ${failed} calls failed`;
}
