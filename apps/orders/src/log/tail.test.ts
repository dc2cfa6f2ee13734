import { create } from "@bufbuild/protobuf";
import { type OrderEvent, OrderEventSchema } from "@polywire/contract/polywire/orders/v1/order";
import { makeCursor } from "@polywire/realtime/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createTail, offsetOf, PAGE_EVENTS } from "./tail.ts";

const event = (offset: number): OrderEvent => create(OrderEventSchema, { cursor: makeCursor("e", BigInt(offset)) });
const range = (first: number, count: number): OrderEvent[] => Array.from({ length: count }, (_, i) => event(first + i));
const options = { head: 0n, load: async () => [], windowEvents: 10, heartbeatMs: 60_000 };

test("Tail.after gives what follows an offset, nothing at the head, undefined before the window", () => {
  const tail = createTail({ ...options, head: 100n });
  tail.offer(range(101, 15));
  tail.offer(range(116, 10));
  expect(tail.head).toBe(125n);
  expect(tail.after(125n)).toEqual([]);
  expect(tail.after(130n)).toEqual([]);
  expect(tail.after(123n)?.map(offsetOf)).toEqual([124n, 125n]);
  expect(tail.after(114n)).toBeUndefined();
  tail.close();
});

test("Tail.offer drops repeats and leaves a hole to catchUp", () => {
  const tail = createTail(options);
  tail.offer(range(1, 3));
  tail.offer(range(2, 3));
  expect(tail.after(0n)?.map(offsetOf)).toEqual([1n, 2n, 3n, 4n]);
  tail.offer(range(9, 1));
  expect(tail.head).toBe(4n);
  tail.close();
});

test("Tail keeps a bounded window whatever is offered, and serves it without a hole", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 30 }), (batches) => {
      const tail = createTail(options);
      let head = 0;
      for (const size of batches) {
        tail.offer(range(head + 1, size));
        head += size;
      }
      const kept = Array.from({ length: head + 1 }, (_, offset) => tail.after(BigInt(offset)));
      const served = kept.filter((events) => events !== undefined);
      expect(served.length).toBeLessThanOrEqual(Math.max(2 * options.windowEvents, 40) + 1);
      for (const [offset, events] of kept.entries()) {
        if (events?.[0] !== undefined) expect(offsetOf(events[0])).toBe(BigInt(offset + 1));
      }
      tail.close();
    }),
  );
});

test("Tail.catchUp reads page after page what was missed", async () => {
  const total = PAGE_EVENTS * 2 + 7;
  const load = async (after: bigint, limit: number) => range(Number(after) + 1, Math.min(limit, total - Number(after)));
  const tail = createTail({ ...options, load });
  await Promise.all([tail.catchUp(), tail.catchUp()]);
  expect(tail.head).toBe(BigInt(total));
  tail.close();
});

test("Tail.changed resolves for events, for an abort, and at close", async () => {
  const tail = createTail(options);
  const waiting = tail.changed(new AbortController().signal);
  tail.offer(range(1, 1));
  expect(await waiting).toBe("events");
  const leaving = new AbortController();
  const left = tail.changed(leaving.signal);
  leaving.abort();
  expect(await left).toBe("aborted");
  const last = tail.changed(new AbortController().signal);
  tail.close();
  expect(await last).toBe("aborted");
});
