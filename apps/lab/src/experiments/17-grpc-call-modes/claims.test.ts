import { expect, test } from "vitest";
import { startOrdersBackend } from "../building-blocks/orders-backend.ts";
import { makeOrder } from "../building-blocks/sample-orders.ts";
import { outcomeOf } from "../framework/judge.ts";
import { createRandom } from "../framework/random.ts";
import { balancingClaim } from "./balancing-claim.ts";
import { bytesClaim, weigh } from "./bytes-claim.ts";
import { FLOW_CELLS, flowClaim } from "./flow-claim.ts";
import { type Flow, measureFlow } from "./flow-control.ts";
import { fourModes, oneByOne } from "./modes.ts";
import { modesClaim, watchMode } from "./modes-claim.ts";
import { createOrderLog, type OrderLog } from "./order-log.ts";
import { createOrderService } from "./order-service.ts";
import { type CutOptions, RESTARTS, resume, resumeClaim } from "./resume-claim.ts";

const random = createRandom(17);

test("modesClaim + holds of four modes, is refuted by a stream more or a header that only one mode has", async () => {
  const orders = Array.from({ length: 3 }, () => makeOrder(2, random));
  await using backend = await startOrdersBackend(createOrderService(orders).methods);
  const modes = await Promise.all(fourModes(orders).map((mode) => watchMode(backend.address, mode)));
  const alone = await watchMode(backend.address, oneByOne(orders));
  expect(outcomeOf(modesClaim(modes, alone))).toBe("holds");

  const [unary, ...streams] = modes;
  if (unary === undefined) throw new Error("four modes are called");
  expect(outcomeOf(modesClaim([alone, ...streams], alone))).toBe("refuted");
  expect(outcomeOf(modesClaim([{ ...unary, headers: [...unary.headers, "trailers: x=y"] }, ...streams], alone))).toBe(
    "refuted",
  );
  expect(outcomeOf(modesClaim(modes, { ...alone, streams: 1 }))).toBe("invalid");
});

test("watchMode + sees a server that answers a message too many", async () => {
  const orders = [makeOrder(1, random)];
  const { methods } = createOrderService(orders);
  await using backend = await startOrdersBackend({
    ...methods,
    async *exportOrders() {
      yield {};
      yield {};
    },
  });
  const modes = await Promise.all(fourModes(orders).map((mode) => watchMode(backend.address, mode)));
  expect(outcomeOf(modesClaim(modes, await watchMode(backend.address, oneByOne([...orders, ...orders]))))).toBe(
    "refuted",
  );
});

test("bytesClaim + holds for a stream, is refuted when it costs what calls cost, invalid when many streams are cheap", async () => {
  const { weighed, check } = await weigh(
    Array.from({ length: 50 }, () => makeOrder(0, random)),
    AbortSignal.timeout(60_000),
  );
  expect(check).toMatchObject({ ok: true });
  expect(outcomeOf(bytesClaim([weighed]))).toBe("holds");
  expect(outcomeOf(bytesClaim([{ ...weighed, stream: weighed.unary }]))).toBe("refuted");
  expect(outcomeOf(bytesClaim([weighed, { ...weighed, stream: weighed.streamEach }]))).toBe("refuted");
  expect(outcomeOf(bytesClaim([{ ...weighed, streamEach: weighed.stream }]))).toBe("invalid");
});

test("balancingClaim + is refuted by one message on another backend, invalid when calls stay on the first too", () => {
  const calls = [20, 20, 20];
  expect(outcomeOf(balancingClaim({ stream: [60, 0, 0], calls }))).toBe("holds");
  expect(outcomeOf(balancingClaim({ stream: [59, 1, 0], calls }))).toBe("refuted");
  expect(outcomeOf(balancingClaim({ stream: [0, 0, 0], calls }))).toBe("refuted");
  expect(outcomeOf(balancingClaim({ stream: [60, 0, 0], calls: [60, 0, 0] }))).toBe("invalid");
});

test("flowClaim + depends on who reads and who listens; a reader that stops by itself makes it invalid", async () => {
  const signal = AbortSignal.timeout(60_000);
  const flows: Flow[] = [];
  for (const cell of FLOW_CELLS) flows.push(await measureFlow({ ...cell, totalBytes: 4_000_000, signal }));
  const verdict = flowClaim(flows);
  expect(outcomeOf(verdict)).toBe("depends");
  expect(verdict.conditions.map((condition) => condition.verdict)).toEqual(["holds", "refuted", "refuted", "holds"]);

  const but = (acceptedBytes: number) =>
    flows.map((flow) => (flow.obey && flow.reader !== "normal" ? { ...flow, acceptedBytes } : flow));
  expect(outcomeOf(flowClaim(but(4_000_000)))).toBe("refuted");
  expect(outcomeOf(flowClaim(flows.map((flow) => ({ ...flow, readBytes: 0 }))))).toBe("invalid");
  expect(outcomeOf(flowClaim(flows.map((flow) => ({ ...flow, sentBytes: 4_000_000 }))))).toBe("invalid");
});

test("resumeClaim + holds with a cursor, is refuted by a log that takes it wrong, invalid when nothing is lost", async () => {
  const cut: CutOptions = { items: 40, cutAt: 10 };
  const tryAll = async (log: () => OrderLog) => {
    const [first, now, cursor] = await Promise.all(RESTARTS.map((restart) => resume(log(), restart, cut)));
    if (first === undefined || now === undefined || cursor === undefined) throw new Error("three restarts are tried");
    return { first, now, cursor };
  };
  const resumed = await tryAll(createOrderLog);
  expect(resumed).toMatchObject({
    first: { code: "UNAVAILABLE", before: 10, repeated: 10, lost: 0 },
    now: { repeated: 0, lost: 15 },
    cursor: { repeated: 0, lost: 0 },
  });
  expect(outcomeOf(resumeClaim(resumed, 40))).toBe("holds");
  expect(outcomeOf(resumeClaim({ ...resumed, now: resumed.cursor }, 40))).toBe("invalid");

  expect(outcomeOf(resumeClaim(await tryAll(inclusiveLog), 40))).toBe("refuted");
});

/** A log that begins with the event that the cursor names, not behind it. */
function inclusiveLog(): OrderLog {
  const { append, methods } = createOrderLog();
  const { watchOrders } = methods;
  if (watchOrders === undefined) throw new Error("the log is watched");
  return {
    append,
    methods: {
      watchOrders: ({ cursor, ...request }, context) =>
        watchOrders(
          cursor === undefined || cursor.offset === 0n
            ? { ...request, ...(cursor && { cursor }) }
            : { ...request, cursor: { ...cursor, offset: cursor.offset - 1n } },
          context,
        ),
    },
  };
}
