import { expect, test } from "vitest";
import { type Gaps, watchGaps } from "../33-head-of-line-blocking/gaps.ts";
import { makeOrder } from "../building-blocks/sample-orders.ts";
import { judge, outcomeOf } from "../framework/judge.ts";
import { createRandom } from "../framework/random.ts";
import { type Balancing, balancingClaim } from "./balancing.ts";
import { CALL_WIRES, type CallWire, GRPC } from "./call-wires.ts";
import { codeOrder } from "./codecs.ts";
import { type CpuCell, cpuClaim, measureCpu } from "./cpu-claim.ts";
import { multiplexingClaim, type WireSeen, watchWire } from "./multiplexing.ts";
import { noBlockingClaim } from "./no-blocking-claim.ts";
import { type OrderSizes, sizesClaim, weighOrder } from "./sizes-claim.ts";

const random = createRandom(13);

test("multiplexingClaim + holds, is refuted by a second connection or whole headers, invalid when a token is squeezed", async () => {
  const order = makeOrder(2, random);
  const wires: WireSeen[] = [];
  for (const wire of CALL_WIRES) {
    const { seen, answer } = await watchWire(wire, { order, token: "", inFlight: 4 });
    expect(answer).toEqual(order);
    wires.push(seen);
  }
  const { seen: withToken } = await watchWire(GRPC, { order, token: "t0ken".repeat(80), inFlight: 4 });
  expect(wires.map(({ connections }) => connections)).toEqual([4, 4, 1, 1, 1]);
  expect(wires.map(({ inFlight }) => inFlight)).toEqual([4, 4, 4, 4, 4]);
  expect(outcomeOf(multiplexingClaim(wires, withToken))).toBe("holds");

  const but = (http: 1 | 2, seen: Partial<WireSeen>) =>
    wires.map((wire) => (wire.http === http ? { ...wire, ...seen } : wire));
  const whole = [1, 2].map((call) => ({ call, request: 300, response: 100 }));
  expect(outcomeOf(multiplexingClaim(but(2, { connections: 2 }), withToken))).toBe("refuted");
  expect(outcomeOf(multiplexingClaim(but(2, { headers: whole }), withToken))).toBe("refuted");
  expect(outcomeOf(multiplexingClaim(but(1, { connections: 1 }), withToken))).toBe("invalid");
  expect(outcomeOf(multiplexingClaim(wires, wires[4] ?? withToken))).toBe("invalid");

  const { seen: queued } = await watchWire(queueing(GRPC), { order, token: "", inFlight: 4 });
  expect(queued.inFlight).toBe(1);
  expect(outcomeOf(multiplexingClaim(wires.with(4, queued), withToken))).toBe("refuted");
}, 30_000);

/** A wire whose client makes one call after the other. */
function queueing(wire: CallWire): CallWire {
  return {
    ...wire,
    connect(options) {
      const client = wire.connect(options);
      let last: Promise<unknown> = Promise.resolve();
      return {
        getOrder(orderId) {
          const next = last.then(() => client.getOrder(orderId));
          last = next;
          return next;
        },
        [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
      };
    },
  };
}

test("noBlockingClaim + is refuted when all streams stall, holds when one goes on, invalid without a fault", async () => {
  const gaps = await watchGaps({ inflight: 12, conns: 4, gapMs: 200 });
  const but = (finishedDuring: number): Gaps => ({
    ...gaps,
    multiplexed: gaps.multiplexed.map((seen) => ({ ...seen, finishedDuring })),
  });
  expect(outcomeOf(noBlockingClaim(gaps))).toBe("refuted");
  expect(outcomeOf(noBlockingClaim(but(1)))).toBe("holds");
  expect(outcomeOf(noBlockingClaim({ ...gaps, spread: { ...gaps.spread, struck: 0 } }))).toBe("invalid");
});

test("codeOrder + every codec carries the same order, and both of protobuf in the same bytes", () => {
  const order = makeOrder(20, random);
  const coded = codeOrder(order);
  expect(Buffer.compare(coded.protobufjs.bytes, coded["protobuf-es"].bytes)).toBe(0);
  expect(coded["protobuf-es"].decode()).toEqual(order);
  expect(coded.ProtoJSON.decode()).toEqual(order);
  expect(coded.JSON.decode()).toEqual(JSON.parse(Buffer.from(coded.ProtoJSON.bytes).toString()));
  expect(coded.protobufjs.decode()).toMatchObject({ orderId: order.orderId, lines: { length: 20 } });
});

test("sizesClaim + depends on gzip, holds if that changes nothing, refuted at equal size, invalid if names are free", () => {
  const sizes = [0, 2_000].map((items) => weighOrder(makeOrder(items, random)));
  expect(outcomeOf(sizesClaim(sizes))).toBe("depends");
  expect(judge(sizesClaim(sizes)).sides).toEqual(["holds", "holds", "refuted", "holds", "refuted"]);
  const but = (change: (size: OrderSizes) => Partial<OrderSizes>) =>
    sizes.map((size) => ({ ...size, ...change(size) }));
  expect(outcomeOf(sizesClaim(but(({ json }) => ({ gzippedJson: json }))))).toBe("holds");
  const same = but(({ json }) => ({ protobuf: json, gzippedJson: json - 1, gzippedProtobuf: json - 1 }));
  expect(outcomeOf(sizesClaim(same))).toBe("refuted");
  expect(outcomeOf(sizesClaim(but(() => ({ struct: 1 }))))).toBe("invalid");
});

test("cpuClaim + depends on the codec, holds or is refuted where all agree, invalid when ProtoJSON is as fast", () => {
  const cell = (codec: CpuCell["codec"], work: CpuCell["work"], ratio: number): CpuCell => ({
    ...{ codec, work, ratio, items: 20 },
  });
  const wrong = cell("ProtoJSON", "encode", 0.2);
  const slow = cell("protobuf-es", "encode", 0.5);
  const fast = cell("protobufjs", "decode", 2);
  const unclear = cell("protobufjs", "encode", 1.1);
  expect(judge(cpuClaim([slow, fast, unclear, wrong])).sides).toEqual(["refuted", "holds"]);
  expect(outcomeOf(cpuClaim([slow, fast, wrong]))).toBe("depends");
  expect(outcomeOf(cpuClaim([{ ...slow, ratio: 1.5 }, fast, wrong]))).toBe("holds");
  expect(outcomeOf(cpuClaim([slow, { ...fast, ratio: 0.7 }, wrong]))).toBe("refuted");
  expect(outcomeOf(cpuClaim([{ ...slow, ratio: 1.5 }, fast, unclear, wrong]))).toBe("depends");
  expect(outcomeOf(cpuClaim([slow, fast, { ...wrong, ratio: 0.6 }]))).toBe("invalid");
});

test("measureCpu + gives a ratio for each codec and direction", async () => {
  const cells = await measureCpu(makeOrder(2, random), 7);
  expect(cells.map(({ codec, work }) => `${work} ${codec}`)).toEqual([
    ...["encode protobuf-es", "encode protobufjs", "encode ProtoJSON"],
    ...["decode protobuf-es", "decode protobufjs"],
  ]);
  for (const { ratio } of cells) expect(ratio).toBeGreaterThan(0);
});

test("balancingClaim + is refuted by a call that strays or a backend that gets too much, invalid if one is all there is", () => {
  const inTurn = Array.from({ length: 30 }, (_, call) => call % 3);
  const one = inTurn.map(() => 0);
  const balancing: Balancing = {
    ...{ backends: 3, reconnecting: inTurn },
    seen: [
      { balancer: "l4", reached: one },
      { balancer: "pick_first", reached: one },
      { balancer: "round_robin", reached: inTurn },
      { balancer: "l7", reached: inTurn },
    ],
  };
  const but = (balancer: string, reached: readonly number[]): Balancing => ({
    ...balancing,
    seen: balancing.seen.map((seen) => (seen.balancer === balancer ? { ...seen, reached } : seen)),
  });
  expect(outcomeOf(balancingClaim(balancing))).toBe("holds");
  expect(outcomeOf(balancingClaim(but("l4", [...one, 1])))).toBe("refuted");
  expect(outcomeOf(balancingClaim(but("l7", [...inTurn, ...one])))).toBe("refuted");
  expect(outcomeOf(balancingClaim(but("round_robin", [])))).toBe("refuted");
  expect(outcomeOf(balancingClaim({ ...balancing, reconnecting: one }))).toBe("invalid");
});
