import { createFaultProxy } from "@polywire/wire/faults";
import type { HeldWire } from "./held-wires.ts";
import { untilQuiet } from "./until-quiet.ts";

/** What is held back: the next byte of one TCP connection, or the frames of one HTTP/2 stream. */
export type Held = "byte" | "stream";

/** What is sent, and for how long it is disturbed. */
export interface GapOptions {
  readonly wire: HeldWire;
  readonly held: Held;
  readonly calls: number;
  /** How long nothing may finish until what is held goes on, in ms. */
  readonly gapMs: number;
}

/** One call, in ms since the first began. */
export interface GapCall {
  /** Counted from 1 in the order in which they were begun. */
  readonly call: number;
  /** As the server counts them. */
  readonly connection: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** What became of the calls. */
export interface GapSeen {
  readonly wire: string;
  readonly held: Held;
  /** TCP connections and streams that the fault struck. */
  readonly struck: number;
  readonly heldBytes: number;
  readonly finishedDuring: number;
  readonly finishedAfter: number;
  /** The gap, in ms since the first call began. */
  readonly gap: { readonly fromMs: number; readonly toMs: number };
  readonly calls: readonly GapCall[];
}

/** Replies that fill a segment. */
const PADDING = "p".repeat(1_400);

/**
 * Begins calls, holds back the first byte of the answers on one connection once all of them are in the server's hands,
 * and counts which finish all the same. The gap lasts until nothing has finished for `gapMs`, so that a slow machine
 * finishes as much as a fast one.
 */
export async function watchGap({ wire, held, calls: count, gapMs }: GapOptions): Promise<GapSeen> {
  const full = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  let arrived = 0;
  await using server = await wire.serve(async ({ connection }) => {
    arrived += 1;
    if (arrived === wire.inFlight(count)) full.resolve();
    await answer.promise;
    return JSON.stringify({ connection, padding: PADDING });
  });
  await using proxy = await createFaultProxy({ upstream: server });
  await using client = wire.connect(proxy.address);
  const beganAt = performance.now();
  const now = (): number => performance.now() - beganAt;
  const calls: GapCall[] = [];
  // Where a stream is held, the fault must see it begin.
  const early = held === "stream" ? proxy.add({ kind: "stall-stream" }) : undefined;
  const all = Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const startMs = now();
      const { connection } = JSON.parse(await client.get(`/orders/${index}`));
      calls.push({ call: index + 1, connection, startMs, endMs: now() });
    }),
  );
  await Promise.race([full.promise, all]);
  const fault = early ?? proxy.add({ kind: "withhold", connection: 1 });
  const fromMs = now();
  answer.resolve();
  const finishedDuring = await untilQuiet(() => calls.length, all, gapMs);
  const toMs = now();
  fault.remove();
  await all;
  const { strikes: struck, bytes: heldBytes } = fault.counts;
  const finishedAfter = count - finishedDuring;
  return { wire: wire.name, held, struck, heldBytes, finishedDuring, finishedAfter, gap: { fromMs, toMs }, calls };
}
