import { expect, test } from "vitest";
import { inBatches } from "./in-batches.ts";

/** A stream that the test feeds. */
function feed() {
  const { readable, writable } = new TransformStream<number, number>();
  const writer = writable.getWriter();
  return { items: readable as AsyncIterable<number>, writer };
}

const options = { take: (item: number) => item, weigh: () => 1, maxWeight: 3 };

test("inBatches handles what has come while the batch before was handled, and reads no more than a batch ahead", async () => {
  const batches: number[][] = [];
  let taken = 0;
  let release = (): void => {};
  async function* items(): AsyncGenerator<number> {
    for (; taken < 10; ) yield taken++;
  }
  const handle = async (batch: number[]): Promise<void> => {
    batches.push(batch);
    const { promise, resolve } = Promise.withResolvers<void>();
    release = resolve;
    await promise;
  };
  const done = inBatches(items(), { ...options, handle });
  for (const expected of [6, 9, 10, 10]) {
    const before = batches.length;
    while (batches.length === before) await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(taken).toBe(expected);
    release();
  }
  await done;
  expect(batches).toEqual([[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]]);
});

test("inBatches leaves out what `take` does not take, and does not wait for a stream that is quiet", async () => {
  const { items, writer } = feed();
  const first = Promise.withResolvers<number[]>();
  const take = (item: number) => (item === 2 ? undefined : item);
  const done = inBatches(items, { ...options, take, handle: async (batch) => first.resolve(batch) });
  await Promise.all([1, 2, 3].slice(0, 2).map((item) => writer.write(item)));
  expect(await first.promise).toEqual([1]);
  await writer.close();
  await done;
});

test("inBatches rejects when a batch fails, and handles none after it", async () => {
  let handled = 0;
  const handle = async (): Promise<void> => {
    handled += 1;
    throw new Error("no");
  };
  async function* items(): AsyncGenerator<number> {
    for (let item = 0; item < 100; item += 1) yield item;
  }
  await expect(inBatches(items(), { ...options, handle })).rejects.toThrow("no");
  expect(handled).toBe(1);
});

test("inBatches drops what waits when the stream fails, and waits for the batch being handled", async () => {
  const { items, writer } = feed();
  const batches: number[][] = [];
  const gate = Promise.withResolvers<void>();
  const handle = async (batch: number[]): Promise<void> => {
    batches.push(batch);
    await gate.promise;
  };
  const outcome = inBatches(items, { ...options, handle }).then(
    () => "done",
    (error: Error) => error.message,
  );
  await writer.write(1);
  while (batches.length === 0) await new Promise(setImmediate);
  await writer.write(2);
  await writer.abort(new Error("left"));
  gate.resolve();
  expect(await outcome).toBe("left");
  expect(batches).toEqual([[1]]);
});
