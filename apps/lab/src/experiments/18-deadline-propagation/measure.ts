import type { RunContext, ValidityCheck } from "../framework/experiment.ts";
import { isMisjudged } from "./budget-claims.ts";
import type { EntrySeen, Measured, NaiveName } from "./measured.ts";
import { type NaiveWay, startNaiveChain } from "./naive-chain.ts";
import { type Entry, openRealChain, TAPPED } from "./real-chain.ts";
import { openStockDatabase, type StockDatabase } from "./stock-lock.ts";
import { type CallSeen, watchCall } from "./watch-call.ts";
import { askAbsolute, askOwnTimer } from "./wrong-hops.ts";

/** What is measured, and how often. */
export interface MeasureOptions extends Pick<RunContext, "progress" | "signal" | "system"> {
  readonly budgetMs: number;
  readonly skewMs: number;
  readonly entries: readonly Entry[];
  readonly rounds: number;
}

/** A timeout that is no bound of the caller's: what each hop gives each call, in ms. */
const PER_HOP_MS = 5_000;

/** A deadline that is far away from a caller who leaves. */
const FAR_MS = 10_000;

const WAYS: Readonly<Record<NaiveName, NaiveWay>> = {
  none: { gateway: "none", orders: "none", pricing: "none", inventory: "real" },
  "per-hop": { gateway: "per-hop", orders: "per-hop", pricing: "per-hop", inventory: "real" },
  parent: { gateway: "parent", orders: "parent", pricing: "parent", inventory: "real" },
  detached: { gateway: "parent", orders: "parent", pricing: "none", inventory: "real" },
  driver: { gateway: "parent", orders: "parent", pricing: "parent", inventory: "no cancellation" },
};

/** Makes every call of the experiment, one after the other. */
export async function measure(options: MeasureOptions): Promise<Measured & { checks: ValidityCheck[] }> {
  const { budgetMs, skewMs, rounds, progress } = options;
  await progress("starting the services, orders with a wrong clock");
  const system = await options.system({
    tap: TAPPED,
    // Calls too: their lines tell when a handler has ended.
    logLevel: "info",
    environment: { orders: { POLYWIRE_DEVELOPMENT_CLOCK_SKEW_MS: String(skewMs) } },
  });
  await using stack = new AsyncDisposableStack();
  const database = stack.use(openStockDatabase(system));
  const clock = { aheadMs: Number.NaN };
  stack.defer(
    system.onLog(({ process, text }) => {
      const time = process.startsWith("orders") && text.startsWith("{") ? JSON.parse(text).time : undefined;
      if (time !== undefined) clock.aheadMs = Date.parse(time) - Date.now();
    }),
  );
  const entries: EntrySeen[] = [];
  for (const entry of options.entries) {
    const chain = await openRealChain(entry, system, stack);
    const seen = { expired: [] as CallSeen[], left: [] as CallSeen[] };
    for (let round = 0; round < rounds; round += 1) {
      await progress(`through the product's services from ${entry}, ${round + 1} of ${rounds}`);
      seen.expired.push(await watchCall(chain, database, { budgetMs, signal: options.signal }));
      seen.left.push(await watchCall(chain, database, { budgetMs: FAR_MS, leaves: true, signal: options.signal }));
    }
    entries.push({ entry, ...seen });
  }
  const naive = await measureNaive(database, { ...options, stack });
  const real = entries.flatMap(({ expired, left }) => [...expired, ...left]);
  // What a wrong clock has refused is a finding, and does not come to its statement.
  const calls = [...real.filter((call) => !isMisjudged(call)), ...Object.values(naive)];
  return {
    entries,
    naive,
    clockAheadMs: clock.aheadMs,
    absolute: await askAbsolute({ budgetMs, skewMs }),
    ownTimer: await askOwnTimer(budgetMs),
    checks: [atTheStatement(calls), aheadAsAsked(clock.aheadMs, skewMs)],
  };
}

async function measureNaive(
  database: StockDatabase,
  { system, stack, progress, budgetMs, signal }: MeasureOptions & { readonly stack: AsyncDisposableStack },
): Promise<Record<NaiveName, CallSeen>> {
  const { run, issueToken } = await system();
  const inventory = run.services.find(({ name }) => name === "inventory")?.grpc ?? "";
  const token = await issueToken({ subject: "naive", scopes: [] });
  const { readStock } = database;
  const chain = stack.use(await startNaiveChain({ inventory, readStock, token, perHopMs: PER_HOP_MS }));
  const warmUp = await chain.set(WAYS.parent).start({ budgetMs: FAR_MS, signal }).ended;
  if (warmUp !== "OK") throw new Error(`the naive chain ended an order with ${warmUp}`);
  const seen: Partial<Record<NaiveName, CallSeen>> = {};
  for (const [name, way] of Object.entries(WAYS) as [NaiveName, NaiveWay][]) {
    await progress(`the naive chain: ${name}`);
    seen[name] = await watchCall(chain.set(way), database, { budgetMs, signal });
  }
  return seen as Record<NaiveName, CallSeen>;
}

function atTheStatement(calls: readonly CallSeen[]): ValidityCheck {
  const early = calls.filter(({ reached }) => !reached).length;
  return {
    name: "every call was at its statement when its caller went",
    ok: early === 0,
    because: `${calls.length - early} of ${calls.length}; give a longer --budget if some were not`,
  };
}

function aheadAsAsked(aheadMs: number, skewMs: number): ValidityCheck {
  return {
    name: "orders' clock is wrong",
    ok: Math.abs(aheadMs - skewMs) < skewMs / 2,
    because: `ahead by ${Math.round(aheadMs)} ms by its own log, ${skewMs} asked for`,
  };
}
