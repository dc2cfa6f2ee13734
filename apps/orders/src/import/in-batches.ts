import { setImmediate } from "node:timers/promises";

/** What `inBatches` does with a stream. */
export interface BatchOptions<Item, Taken> {
  /** Looks at an item as it comes; undefined leaves it out. */
  take: (item: Item) => Taken | undefined;
  /** How much of `maxWeight` it takes up. */
  weigh: (taken: Taken) => number;
  /** Handles one batch at a time; when it fails, so does all. */
  handle: (batch: Taken[]) => Promise<void>;
  /** From this weight on a batch is full, and the stream is not read until the one before it has been handled. */
  maxWeight: number;
}

/**
 * Handles a stream in batches. It reads on while a batch is handled; what has come meanwhile is the next one. So a fast
 * stream makes large batches, and no item of a slow one is kept waiting. When the stream fails, what has not been handed
 * on is dropped.
 */
export async function inBatches<Item, Taken>(
  items: AsyncIterable<Item>,
  { take, weigh, handle, maxWeight }: BatchOptions<Item, Taken>,
): Promise<void> {
  let waiting: Taken[] = [];
  let weight = 0;
  let room = Promise.withResolvers<void>();
  let working: Promise<void> | undefined;
  let failure: { error: unknown } | undefined;

  async function work(): Promise<void> {
    try {
      while (waiting.length > 0) {
        // What the stream has ready belongs to the same batch.
        await setImmediate();
        const batch = waiting;
        waiting = [];
        weight = 0;
        room.resolve();
        room = Promise.withResolvers();
        await handle(batch);
      }
    } catch (error) {
      failure = { error };
      room.resolve();
    }
    working = undefined;
  }

  try {
    for await (const item of items) {
      if (failure !== undefined) break;
      const taken = take(item);
      if (taken === undefined) continue;
      waiting.push(taken);
      weight += weigh(taken);
      working ??= work();
      if (weight >= maxWeight) await room.promise;
    }
    await working;
    if (failure !== undefined) throw failure.error;
  } finally {
    waiting = [];
    await working;
  }
}
