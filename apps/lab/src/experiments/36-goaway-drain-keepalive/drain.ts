import { setTimeout } from "node:timers/promises";
import { createTap, framesOf, type TapEvent } from "@polywire/wire/tap";
import { splitAddress } from "../../wires/split-address.ts";
import type { OpenCaller, Outcome } from "./callers.ts";
import { startWorker } from "./worker.ts";

/** How a server goes. */
export type Way = "graceful" | "abrupt";

/** One call, in milliseconds since the first began. */
export interface CallSeen {
  /** How long it was to take. */
  readonly durationMs: number;
  readonly endedMs: number;
  readonly outcome: Outcome;
}

/** What became of the calls of one caller whose server went. Times in milliseconds since the first call began. */
export interface DrainSeen {
  readonly caller: string;
  readonly way: Way;
  /** In the order of their durations. */
  readonly calls: readonly CallSeen[];
  /** When the server began to go. */
  readonly goneMs: number;
  /** When its GOAWAY passed; null: there was none. */
  readonly goawayMs: number | null;
  /** Pings of the client that passed. */
  readonly pings: number;
  /** Of the calls made after it had gone: how they ended, and how many the other server got. */
  readonly later: { readonly outcomes: readonly Outcome[]; readonly elsewhere: number };
}

/** What is done to whom. */
export interface DrainOptions {
  readonly caller: string;
  readonly open: OpenCaller;
  readonly way: Way;
  readonly durationsMs: readonly number[];
  /** How long the calls have run when the server goes. */
  readonly afterMs: number;
  readonly signal: AbortSignal;
}

const LATER_CALLS = 10;

/** Makes calls to one of two servers, lets that server go while they run, and makes further calls. */
export async function drainUnderCalls(options: DrainOptions): Promise<DrainSeen> {
  const { caller: name, open, way, durationsMs, afterMs, signal } = options;
  await using stack = new AsyncDisposableStack();
  const [going, staying] = [stack.use(await startWorker()), stack.use(await startWorker())];
  const tap = stack.use(await createTap({ upstream: splitAddress(going.address) }));
  const caller = stack.use(open([`${tap.address.host}:${tap.address.port}`, staying.address]));

  // Nobody waits for calls of a run that is to stop.
  signal.addEventListener("abort", () => void Promise.all([going.cut(), staying.cut()]), { once: true });
  const startMs = performance.now();
  const since = (atMs: number): number => Math.round(atMs - startMs);
  const calls = durationsMs.map(async (durationMs): Promise<CallSeen> => {
    const outcome = await caller.call(durationMs);
    return { durationMs, endedMs: since(performance.now()), outcome };
  });
  // Calls that fail on their way are seen by how they end.
  await Promise.race([going.reached(durationsMs.length), Promise.all(calls)]);
  await setTimeout(Math.max(0, startMs + afterMs - performance.now()), undefined, { signal });
  const goneMs = since(performance.now());
  const gone = way === "graceful" ? going.drain() : going.cut();
  await tap.until(isOver, signal);
  const later = await Promise.all(Array.from({ length: LATER_CALLS }, () => caller.call(0)));
  const seen = (await Promise.all(calls)).toSorted((one, other) => one.durationMs - other.durationMs);
  await gone;

  const [goaway] = framesOf(tap.events(), "GOAWAY").filter(({ from }) => from === "server");
  const pings = framesOf(tap.events(), "PING").filter(({ from, frame }) => from === "client" && !frame.ack);
  return {
    caller: name,
    way,
    calls: seen,
    goneMs,
    goawayMs: goaway === undefined ? null : since(goaway.atMs),
    pings: pings.length,
    later: { outcomes: later, elsewhere: staying.calls },
  };
}

/** The server has said that it goes, or is gone. */
function isOver({ layer, event }: TapEvent): boolean {
  if (layer === "tcp") return event.type === "close";
  return layer === "http2" && event.type === "frame" && event.frame.type === "GOAWAY" && event.from === "server";
}
