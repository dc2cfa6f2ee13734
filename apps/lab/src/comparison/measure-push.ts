import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { OrderEventType } from "@polywire/contract/polywire/orders/v1/order";
import { createHistogram, type Histogram, runOpenLoop } from "@polywire/measure";
import { createCountingProxy } from "@polywire/wire/proxy";
import type { RunningSystem } from "../system/running-system.ts";
import { callRoutes, connectWire, pushRoutes, type Route } from "../wires/routes.ts";
import { splitAddress } from "../wires/split-address.ts";
import { subscribe } from "../wires/subscribe.ts";
import { PUSH_WIRES, type PushWire } from "../wires/wire.ts";
import type { PushRow } from "./report.ts";
import { sampleOrder } from "./sample-order.ts";
import type { ComparisonSurroundings } from "./surroundings.ts";

/** How many orders are placed while the subscribers listen, and how fast. */
export interface PushLoad {
  readonly orders: number;
  readonly ratePerSecond: number;
}

/** Subscribes over every push wire at once, places orders, and times how long each event takes from its commit. */
export async function measurePush(
  system: RunningSystem,
  load: PushLoad,
  { onProgress, signal }: ComparisonSurroundings,
): Promise<PushRow[]> {
  const customerId = "comparison-push";
  const token = await system.issueToken({ subject: customerId });
  const routes = pushRoutes(system.endpoints);
  await using listeners = new AsyncDisposableStack();
  const running: Listener[] = [];
  for (const wire of PUSH_WIRES) {
    onProgress("subscribing", wire);
    running.push(listeners.use(await listen(wire, { route: routes[wire], token, customerId })));
  }
  onProgress(`placing ${load.orders} orders and waiting for their events`);
  const expected = await placeOrders(system, { ...load, token, signal });
  await Promise.race([
    allArrived(running, expected),
    new Promise((resolve) => AbortSignal.timeout(ARRIVAL_BOUND_MS).addEventListener("abort", resolve)),
    ...running.map(({ failure }) => failure),
  ]);
  return running.map((listener) => listener.row(expected));
}

/** Events that take longer than this after the last order was placed count as missing. */
const ARRIVAL_BOUND_MS = 5_000;

interface Listener extends AsyncDisposable {
  readonly failure: Promise<never>;
  /** Resolves when every one of these events has arrived. */
  arrived(expected: ReadonlySet<string>): Promise<void>;
  row(expected: ReadonlySet<string>): PushRow;
}

/** What tells the events of a run apart. */
const eventKey = (orderId: string, type: OrderEventType): string => `${orderId} ${type}`;

async function listen(
  wire: PushWire,
  { route, token, customerId }: { route: Route; token: string; customerId: string },
): Promise<Listener> {
  await using opened = new AsyncDisposableStack();
  const proxy = opened.use(await createCountingProxy({ upstream: splitAddress(route.address) }));
  const latency: Histogram = createHistogram();
  const seen = new Set<string>();
  let events = 0;
  let onSeen = () => {};
  const subscriber = await subscribe(wire, {
    ...proxy.address,
    token,
    customerId,
    onEvent: ({ type, commitTime, order }) => {
      events += 1;
      if (commitTime !== undefined) latency.recordMs(Math.max(0, wallClockMs() - epochMs(commitTime)));
      if (order !== undefined) seen.add(eventKey(order.orderId, type));
      onSeen();
    },
  });
  opened.use(subscriber);
  const owned = opened.move();
  const bytesBefore = proxy.snapshot().bytesDown;
  const missing = (expected: ReadonlySet<string>): number => expected.difference(seen).size;
  return {
    failure: subscriber.failure,
    arrived: (expected) =>
      new Promise((resolve) => {
        onSeen = () => {
          if (missing(expected) === 0) resolve();
        };
        onSeen();
      }),
    row: (expected) => ({
      wire,
      path: route.path,
      events,
      missing: missing(expected),
      p50Ms: events === 0 ? null : latency.quantileMs(0.5),
      p99Ms: events === 0 ? null : latency.quantileMs(0.99),
      bytesPerEvent: events === 0 ? null : (proxy.snapshot().bytesDown - bytesBefore) / events,
    }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Resolves with the keys of the events that the orders must cause. */
async function placeOrders(
  system: RunningSystem,
  { orders, ratePerSecond, token, signal }: PushLoad & { token: string; signal: AbortSignal },
): Promise<Set<string>> {
  const route = callRoutes(system.endpoints).grpc;
  if ("reason" in route) throw new Error(route.reason);
  await using client = connectWire("grpc", { ...splitAddress(route.address), token });
  const expected = new Set<string>();
  await runOpenLoop({
    target: {
      call: async (callSignal) => {
        const { orderId } = await client.createOrder(sampleOrder(), { signal: callSignal });
        // Placed, and then confirmed by the service itself.
        expected.add(eventKey(orderId, OrderEventType.CREATED)).add(eventKey(orderId, OrderEventType.STATUS_CHANGED));
      },
    },
    ratePerSecond,
    calls: orders,
    signal,
  });
  return expected;
}

async function allArrived(listeners: readonly Listener[], expected: ReadonlySet<string>): Promise<void> {
  await Promise.all(listeners.map((listener) => listener.arrived(expected)));
}

/** The same clock as the database's, when it runs on this machine, finer than a millisecond. */
const wallClockMs = (): number => performance.timeOrigin + performance.now();

const epochMs = ({ seconds, nanos }: Timestamp): number => Number(seconds) * 1_000 + nanos / 1_000_000;
