import { setImmediate } from "node:timers/promises";
import type { FuzzTarget } from "./fuzz-target.ts";

/** What a fuzz run found. A decoder that throws ends the run with its error. */
export interface FuzzReport {
  readonly runs: number;
  /** The longest that one input took, in milliseconds; anything that hangs shows here. */
  readonly slowestMs: number;
  /** Growth of the heap from a tenth of the runs to the end, in bytes, measured after collection. */
  readonly heapGrowthBytes: number;
}

/** What fuzzing needs beside targets: all of its chance comes from the seed. */
export interface FuzzOptions {
  readonly runs: number;
  readonly seed: number;
  /** Collects garbage, so that growth is what is really kept. */
  readonly collect: () => void;
}

const MAX_MUTATIONS = 8;
const MAX_PARTS = 4;
/** Native memory of zlib is given back by the event loop only: it gets its turn after this many runs. */
const RUNS_PER_TURN = 200;

/**
 * Gives every target damaged and random inputs, cut anywhere: once to a new decoder and once to one that has seen all
 * inputs before, whose memory must not grow.
 */
export async function fuzz(targets: readonly FuzzTarget[], options: FuzzOptions): Promise<FuzzReport> {
  const { runs, seed, collect } = options;
  const random = createRandom(seed);
  const veterans = targets.map((target) => target.create());
  let slowestMs = 0;
  let heapBefore = 0;
  for (let run = 0; run < runs; run++) {
    if (run === Math.floor(runs / 10)) heapBefore = await heapNow(collect);
    if (run % RUNS_PER_TURN === 0) await setImmediate();
    const which = run % targets.length;
    const target = targets[which] as FuzzTarget;
    const parts = cutAnywhere(mutate(pick(target.corpus, random), target.corpus, random), random);
    const started = performance.now();
    feed(target, parts, target.create());
    feed(target, parts, veterans[which] as (chunk: Uint8Array) => void);
    slowestMs = Math.max(slowestMs, performance.now() - started);
  }
  return { runs, slowestMs, heapGrowthBytes: (await heapNow(collect)) - heapBefore };
}

function feed(target: FuzzTarget, parts: readonly Uint8Array[], take: (chunk: Uint8Array) => void): void {
  try {
    for (const part of parts) {
      const pushed = part.slice();
      take(pushed);
      // The memory of what was pushed belongs to something else by the next push.
      pushed.buffer.transfer();
    }
  } catch (cause) {
    const input = parts.map((part) => Buffer.from(part).toString("hex")).join(" ");
    throw new Error(`${target.name} threw on ${input}`, { cause });
  }
}

function mutate(input: Uint8Array, corpus: readonly Uint8Array[], random: () => number): Uint8Array {
  let bytes = Buffer.from(input);
  for (let left = 1 + below(MAX_MUTATIONS, random); left > 0; left--) {
    const at = below(bytes.length + 1, random);
    const choice = below(6, random);
    if (choice === 0) bytes = bytes.subarray(0, at);
    else if (choice === 1) bytes = Buffer.concat([bytes.subarray(0, at), randomBytes(random), bytes.subarray(at)]);
    else if (choice === 2) bytes = Buffer.concat([bytes.subarray(0, at), pick(corpus, random).subarray(at)]);
    else if (choice === 3) bytes = Buffer.concat([bytes, bytes.subarray(at)]);
    else if (choice === 4 && at < bytes.length) bytes[at] = below(256, random);
    else if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << below(8, random));
  }
  // Doubling on doubling would make inputs that say nothing but how long they are.
  return new Uint8Array(bytes.subarray(0, 16_384));
}

function cutAnywhere(bytes: Uint8Array, random: () => number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let start = 0;
  for (let left = below(MAX_PARTS, random); left > 0; left--) {
    const end = start + below(bytes.length - start + 1, random);
    parts.push(bytes.subarray(start, end));
    start = end;
  }
  parts.push(bytes.subarray(start));
  return parts;
}

function randomBytes(random: () => number): Uint8Array {
  return Uint8Array.from({ length: below(40, random) }, () => below(256, random));
}

function pick(corpus: readonly Uint8Array[], random: () => number): Uint8Array {
  return corpus[below(corpus.length, random)] as Uint8Array;
}

function below(limit: number, random: () => number): number {
  return Math.floor(random() * limit);
}

async function heapNow(collect: () => void): Promise<number> {
  for (let pass = 0; pass < 3; pass++) {
    collect();
    await setImmediate();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Mulberry32: enough chance for this, and the same on every machine. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
