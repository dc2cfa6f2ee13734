import { create } from "@bufbuild/protobuf";
import { OrderEventSchema } from "@polywire/contract/polywire/orders/v1/order";
import type { Cursor, Recovery } from "@polywire/contract/polywire/type/v1/cursor";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createMemoryEventLog, type MemoryEventLog } from "../log/memory-log.ts";
import { startLogTail } from "../tail/log-tail.ts";
import type { EventEncoder } from "./event-encoder.ts";
import { createHub, type Hub } from "./hub.ts";
import type { LeftOut, Outlet } from "./outlet.ts";
import type { OverflowPolicy } from "./subscription-queue.ts";

/** Writes the position, so that what was delivered can be read back. */
const positions: EventEncoder = {
  name: "sse",
  encode: (_, event) => Buffer.from(`${event.cursor.epoch}:${event.cursor.offset} `),
  size: () => 10,
};

/** A reader that records what it gets and takes as much as it is told to. */
function createReader() {
  let room = Number.POSITIVE_INFINITY;
  let relief = Promise.withResolvers<void>();
  const reader = {
    text: "",
    starts: [] as { recovery: Recovery; cursor: Cursor }[],
    gaps: [] as LeftOut[],
    disconnected: false,
    allow(writes: number) {
      room = writes;
      relief.resolve();
      relief = Promise.withResolvers();
    },
    offsets: () => [...reader.text.matchAll(/:(\d+) /g)].map(([, offset]) => BigInt(offset ?? 0)),
  };
  const outlet: Outlet = {
    encoder: positions,
    writable: () => room > 0 || reader.disconnected,
    async drained() {
      while (room <= 0 && !reader.disconnected) await relief.promise;
    },
    write(bytes) {
      if (!reader.disconnected) {
        room -= 1;
        reader.text += bytes.toString();
      }
    },
    started: (_, answer) => void reader.starts.push(answer),
    gap: (_, leftOut) => void reader.gaps.push(leftOut),
    disconnect() {
      reader.disconnected = true;
      relief.resolve();
    },
  };
  return { ...reader, outlet, state: reader };
}

type Reader = ReturnType<typeof createReader>;

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function settle(isDone: () => boolean) {
  for (let turns = 0; !isDone(); turns += 1) {
    if (turns > 20_000) throw new Error("it never settles");
    await turn();
  }
}

const customers = ["ada", "bob", "eve"];

function append(log: MemoryEventLog, customer: number) {
  log.append(
    create(OrderEventSchema, {
      eventId: "e",
      order: { customerId: customers[customer] ?? "", orderId: `o${customer}` },
    }),
  );
}

async function openHub(log: MemoryEventLog, windowEvents: number) {
  const tail = startLogTail({ log, windowEvents, maxRetryMs: 1 });
  const queue = { maxEvents: 8, maxBytes: 1000 };
  const hub = createHub({ log, tail, queue, maxConcurrentReplays: 2, aheadWaitMs: 1 });
  await settle(() => tail.live);
  return { hub, tail };
}

interface Session {
  reader: Reader;
  subscription: ReturnType<Hub["subscribe"]>;
  customer: number;
  closed: boolean;
}

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("append" as const), customer: fc.nat(2), count: fc.nat(5) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("subscribe" as const), customer: fc.nat(2), back: fc.nat(40) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("resume" as const), which: fc.nat(9) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("allow" as const), which: fc.nat(9), writes: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("interrupt" as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("turns" as const), count: fc.nat(4) }) },
);

test("subscribe loses nothing and repeats nothing, whatever is interleaved", { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 10, maxLength: 60 }),
      fc.integer({ min: 1, max: 20 }),
      async (steps, window) => {
        const log = createMemoryEventLog();
        const { hub, tail } = await openHub(log, window);
        const owners: number[] = [];
        const sessions: Session[] = [];
        const open = (customer: number, cursor: Cursor | undefined) => {
          const reader = createReader();
          const channel = `orders.customer.${customers[customer]}`;
          const subscription = hub.subscribe({ channel, outlet: reader.outlet, cursor });
          subscription.caughtUp.catch(() => reader.outlet.disconnect("LOG_CHANGED"));
          sessions.push({ reader, subscription, customer, closed: false });
        };
        for (const action of steps) {
          const session = "which" in action ? sessions[action.which % Math.max(1, sessions.length)] : undefined;
          if (action.do === "append") {
            for (let count = 0; count < action.count; count += 1) {
              append(log, action.customer);
              owners.push(action.customer);
            }
          } else if (action.do === "subscribe") {
            const at = BigInt(owners.length - action.back);
            open(action.customer, action.back === 0 || at < 0n ? undefined : { ...tail.window.head, offset: at });
          } else if (action.do === "resume" && session !== undefined) {
            session.subscription.close();
            session.closed = true;
            open(session.customer, session.subscription.sentUpTo());
          } else if (action.do === "allow" && session !== undefined) {
            session.reader.state.allow(action.writes);
            session.subscription.pump();
          } else if (action.do === "interrupt") {
            log.interrupt();
          } else if (action.do === "turns") {
            for (let count = 0; count < action.count; count += 1) await turn();
          }
        }
        await settle(() => tail.live && tail.window.head.offset === BigInt(owners.length));
        for (const { reader, subscription } of sessions) {
          reader.state.allow(Number.POSITIVE_INFINITY);
          subscription.pump();
        }
        await Promise.all(sessions.map(({ subscription }) => subscription.caughtUp.catch(() => undefined)));
        await turn();
        for (const { reader, customer, subscription, closed } of sessions) {
          const { starts, disconnected } = reader.state;
          expect(starts.length).toBeLessThanOrEqual(1);
          const from = starts[0]?.cursor.offset ?? BigInt(owners.length);
          const upTo = subscription.sentUpTo().offset;
          const due = owners.flatMap((owner, index) =>
            owner === customer && BigInt(index + 1) > from ? [BigInt(index + 1)] : [],
          );
          const had = reader.state.offsets();
          if (!disconnected) {
            // The position that it names to resume from leaves nothing out and repeats nothing.
            expect(had).toEqual(due.filter((offset) => offset <= upTo));
            expect(closed || upTo === BigInt(owners.length)).toBe(true);
          } else {
            expect(had).toEqual(due.slice(0, had.length));
          }
          subscription.close();
        }
        expect(hub.counts.subscriptions).toBe(0);
        await tail.close();
      },
    ),
    { numRuns: 300 },
  );
});

for (const policy of ["drop_oldest", "conflate"] as OverflowPolicy[]) {
  test(`${policy} tells every event it leaves out`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(2), fc.nat(6)), { minLength: 5, maxLength: 40 }), async (actions) => {
        const log = createMemoryEventLog();
        const { hub, tail } = await openHub(log, 50);
        const reader = createReader();
        const subscription = hub.subscribe({ channel: "orders", outlet: reader.outlet, policy });
        let total = 0;
        for (const [customer, writes] of actions) {
          append(log, customer);
          total += 1;
          if (writes < 4) {
            reader.state.allow(writes);
            subscription.pump();
          }
          if (writes % 2 === 0) await turn();
        }
        await settle(() => tail.window.head.offset === BigInt(total));
        hub.head();
        reader.state.allow(Number.POSITIVE_INFINITY);
        subscription.pump();
        const had = reader.state.offsets();
        const missing = reader.state.gaps.reduce((sum, gap) => sum + gap.skipped, 0);
        expect(had).toEqual([...had].sort((a, b) => Number(a - b)));
        expect(had.at(-1)).toBe(BigInt(total));
        expect(had.length + missing).toBe(total);
        for (const gap of reader.state.gaps) {
          expect(gap.cursor.offset - gap.after.offset).toBe(BigInt(gap.skipped));
        }
        subscription.close();
        await tail.close();
      }),
      { numRuns: 100 },
    );
  });
}

test("disconnect ends a reader whose queue is full, and nobody else", async () => {
  const log = createMemoryEventLog();
  const { hub, tail } = await openHub(log, 50);
  const [slow, quick] = [createReader(), createReader()];
  for (const reader of [slow, quick]) hub.subscribe({ channel: "orders", outlet: reader.outlet });
  slow.state.allow(0);
  for (let count = 0; count < 9; count += 1) append(log, 0);
  await settle(() => quick.state.offsets().length === 9);
  expect([slow.state.disconnected, quick.state.disconnected]).toEqual([true, false]);
  await tail.close();
});

test("subscribe rejects when the log cannot be read", async () => {
  const log = createMemoryEventLog();
  for (let count = 0; count < 9; count += 1) append(log, 0);
  const { tail } = await openHub(log, 2);
  const broken = {
    ...log,
    read: () => {
      throw new Error("no log");
    },
  };
  const hub = createHub({
    log: broken,
    tail,
    queue: { maxEvents: 4, maxBytes: 99 },
    maxConcurrentReplays: 1,
    aheadWaitMs: 1,
  });
  const reader = createReader();
  const cursor = { ...tail.window.head, offset: 1n };
  const subscription = hub.subscribe({ channel: "orders", outlet: reader.outlet, cursor });
  await expect(subscription.caughtUp).rejects.toThrow("no log");
  expect(subscription.isAnswered).toBe(false);
  await tail.close();
});

test("a replay goes no further than its reader takes it, whether from the window or from the log", async () => {
  for (const windowEvents of [5, 5000]) {
    const log = createMemoryEventLog();
    for (let count = 0; count < 1000; count += 1) append(log, 0);
    const { hub, tail } = await openHub(log, windowEvents);
    const reader = createReader();
    reader.state.allow(1);
    const cursor = { ...tail.window.head, offset: 0n };
    const subscription = hub.subscribe({ channel: "orders", outlet: reader.outlet, cursor });
    for (let turns = 0; turns < 20; turns += 1) await turn();
    expect(reader.state.offsets().length).toBeLessThanOrEqual(128);
    expect(subscription.sentUpTo().offset).toBe(reader.state.offsets().at(-1));
    reader.state.allow(Number.POSITIVE_INFINITY);
    await subscription.caughtUp;
    expect(reader.state.offsets()).toHaveLength(1000);
    await tail.close();
  }
});
