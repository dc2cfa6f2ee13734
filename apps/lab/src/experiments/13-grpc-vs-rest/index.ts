import { overtakingClaim } from "../33-head-of-line-blocking/claims.ts";
import { watchGaps } from "../33-head-of-line-blocking/gaps.ts";
import { watchOrders } from "../33-head-of-line-blocking/order-scenario.ts";
import { makeOrder } from "../building-blocks/sample-orders.ts";
import { parityCheck } from "../framework/checks.ts";
import { defineExperiment } from "../framework/experiment.ts";
import { parameter } from "../framework/parameters.ts";
import { BALANCERS, balancingClaim, watchBalancing } from "./balancing.ts";
import { CALL_WIRES, GRPC } from "./call-wires.ts";
import { type CpuCell, cpuClaim, measureCpu } from "./cpu-claim.ts";
import { multiplexingClaim, type WireSeen, watchWire } from "./multiplexing.ts";
import { noBlockingClaim } from "./no-blocking-claim.ts";
import { drawPicture } from "./picture.ts";
import { type OrderSizes, sizesClaim, weighOrder } from "./sizes-claim.ts";

/** Lines of the order that the wires carry. */
const LINES = 3;
const FAST_CALLS = 20;
const CONNECTIONS = 6;
/** As long as the lab's own tokens. */
const TOKEN_BYTES = 300;
const NO_TOKEN = "";

/** What of gRPC is HTTP/2, what is protobuf, and what of both is true in Node. */
export const experiment = defineExperiment({
  id: "13-grpc-vs-rest",
  question: 13,
  title: "gRPC against REST: multiplexing, size, CPU, balancing",
  needs: ["envoy"],
  parameters: {
    inflight: parameter.whole({
      description: "calls in flight at once",
      default: { small: 50, full: 500 },
      min: 10,
      max: 900,
    }),
    items: parameter.list(parameter.whole({ description: "", default: 0, min: 0, max: 20_000 }), {
      description: "lines of the orders that are encoded and decoded",
      default: [0, 2, 20, 200, 2_000],
    }),
    gap: parameter.duration({
      description: "how long a byte is missing at least",
      default: { small: 300, full: 3_000 },
      minMs: 50,
      maxMs: 60_000,
    }),
    lb: parameter.choice({
      description: "the balancer whose calls are drawn one by one",
      default: "pick_first",
      of: BALANCERS,
    }),
    calls: parameter.whole({
      description: "calls to three backends for each balancer",
      default: { small: 300, full: 30_000 },
      min: 30,
      max: 1_000_000,
    }),
    pairs: parameter.whole({
      description: "measurements of CPU that count, for each codec, size and direction",
      default: { small: 7, full: 51 },
      min: 7,
      max: 1_001,
    }),
  },
  claims: [
    {
      id: "13.1",
      text: "HTTP/2 carries many concurrent calls on one TCP connection, HTTP/1.1 needs one connection for each call in flight; HPACK makes the second call's headers far smaller than the first's.",
      expected: "holds",
    },
    {
      id: "13.2",
      text: "A slow call does not hold up a fast one on the same HTTP/2 connection, as it does on one HTTP/1.1 connection.",
      expected: "holds",
    },
    {
      id: "13.3",
      text: "Multiplexing removes head-of-line blocking.",
      // Only that of HTTP: the bytes of one TCP connection still wait for each other.
      expected: "refuted",
    },
    { id: "13.4", text: "Protobuf is smaller than JSON.", expected: "depends" },
    { id: "13.5", text: "Protobuf costs less CPU than JSON.", expected: "depends" },
    {
      id: "13.6",
      text: "Behind an L4 balancer, or with pick_first, one long-lived connection sends every call to one backend; balancing each call (an L7 proxy, round_robin) spreads them.",
      expected: "holds",
    },
  ],
  untested: [
    {
      text: "gRPC for calls between services, REST for public APIs.",
      because: "advice; the claims above are what it is built on",
    },
  ],

  async run({ parameters: { inflight, items, gap: gapMs, calls, pairs }, random, progress, signal, startEnvoy }) {
    const order = makeOrder(LINES, random);
    const wires: WireSeen[] = [];
    const received: Record<string, unknown> = { served: order };
    for (const wire of CALL_WIRES) {
      await progress(`calling over ${wire.name}`);
      const { seen, answer } = await watchWire(wire, { order, token: NO_TOKEN, inFlight: inflight });
      wires.push(seen);
      received[wire.name] = answer;
    }
    const token = Buffer.from(random.bytes(TOKEN_BYTES)).toString("base64url");
    const withToken = await watchWire(GRPC, { order, token, inFlight: inflight });

    await progress("overtaking a slow call");
    const overtaking = await watchOrders(FAST_CALLS);
    await progress("taking a byte out of connections");
    const gaps = await watchGaps({ inflight, conns: CONNECTIONS, gapMs });

    const sizes: OrderSizes[] = [];
    const cpu: CpuCell[] = [];
    for (const count of items) {
      await progress(`encoding and decoding orders of ${count} lines`);
      const sample = makeOrder(count, random);
      sizes.push(weighOrder(sample));
      cpu.push(...(await measureCpu(sample, pairs)));
    }
    await progress("calling three backends");
    const balancing = await watchBalancing(startEnvoy, { calls, signal });
    return {
      measurements: { wires, withToken: withToken.seen, overtaking, gaps, sizes, cpu, balancing },
      verdicts: {
        "13.1": multiplexingClaim(wires, withToken.seen),
        "13.2": overtakingClaim(overtaking),
        "13.3": noBlockingClaim(gaps),
        "13.4": sizesClaim(sizes),
        "13.5": cpuClaim(cpu),
        "13.6": balancingClaim(balancing),
      },
      checks: [parityCheck("the order on every wire", received)],
    };
  },

  draw: ({ parameters: { lb }, measurements }) => drawPicture({ ...measurements, lb }),
});
