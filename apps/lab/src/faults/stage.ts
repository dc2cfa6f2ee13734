import { randomUUID } from "node:crypto";
import type { Transport } from "@connectrpc/connect";
import { type Order, type OrderEvent, OrderEventType } from "@polywire/contract/polywire/orders/v1/order";
import { type ActiveFault, createFaultProxy, type Fault } from "@polywire/wire/faults";
import { sampleOrder } from "../comparison/sample-order.ts";
import { createRandom } from "../experiments/framework/random.ts";
import type { RunningSystem } from "../system/running-system.ts";
import type { Hop } from "../tap/hops.ts";
import { callRoutes, connectWire, pushRoutes } from "../wires/routes.ts";
import { rpcTransport } from "../wires/rpc-client.ts";
import { splitAddress } from "../wires/split-address.ts";
import { subscribe } from "../wires/subscribe.ts";
import type { Subscriber } from "../wires/subscriber.ts";
import type { CallWire, ClientOptions, OrderClient, PushWire } from "../wires/wire.ts";

/** What a case is about. */
export interface Scene {
  readonly wire: CallWire | PushWire;
  /** `client`: in front of whatever the wire's client connects to. */
  readonly hop: Hop | "client";
  readonly fault: Fault;
}

/** Where a case is played: its client, the hop with its fault, and a client whom the fault does not concern. */
export interface Stage extends AsyncDisposable {
  /** Who everybody here is: new for each run of each case. */
  readonly customerId: string;
  /** Where the case's client connects, and as whom. */
  readonly target: ClientOptions;
  /** The case's client. Disposed of with the stage, like everything that is opened here. */
  readonly client: OrderClient;
  /** Straight to the order service. */
  readonly bystander: OrderClient;
  /** The same way, for what an `OrderClient` can't do. */
  readonly bystanderTransport: Transport;
  /** Placed before the curtain. */
  readonly order: Order;
  /** Connections that reached the client's hop so far. */
  readonly connections: number;
  /** Sets the fault; in the control run, does not. */
  strike(): void;
  /** Resolves when the fault has struck; in the control run at once. */
  untilStruck(times?: number): Promise<void>;
  /** Lifts the fault. */
  lift(): void;
  /** How often the fault has struck. */
  readonly strikes: number;
  /** Hears of each order that is placed from now on, over the case's wire, or over WebSocket past the fault. */
  subscribe(which: "bystander" | "client", onPlaced: (orderId: string) => void): Promise<Subscriber>;
  /** Hands over what is to be closed with the stage. */
  use<T extends AsyncDisposable | Disposable>(resource: T): T;
}

/** What {@link openStage} is told. */
export interface StageOptions {
  readonly system: RunningSystem;
  readonly withFault: boolean;
  readonly signal: AbortSignal;
}

/** Opens the stage for one run of a case. Throws when the wire can't be had in this run of the system. */
export async function openStage(scene: Scene, { system, withFault, signal }: StageOptions): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const customerId = `faults-${randomUUID()}`;
  const token = await system.issueToken({ subject: customerId });
  const routes = { ...pushRoutes(system.endpoints), ...callRoutes(system.endpoints) };
  const route = routes[scene.wire];
  if ("reason" in route) throw new Error(`${scene.wire} can't be had in this run: it ${route.reason}`);
  let connections = 0;
  const proxy = stack.use(
    await createFaultProxy({
      upstream: splitAddress(route.address),
      random: createRandom(1).next,
      observe: ({ kind }) => {
        if (kind === "open") connections += 1;
      },
    }),
  );
  const direct = { ...splitAddress(system.endpoints.ordersGrpc), token };
  const bystander = stack.use(connectWire("grpc", direct));
  const { transport: bystanderTransport, close } = rpcTransport("grpc", direct);
  stack.defer(close);
  const order = await bystander.createOrder(sampleOrder());
  const target = { ...proxy.address, token };
  let client: OrderClient | undefined;
  let struck: readonly ActiveFault[] = [];
  const add = (fault: Fault): readonly ActiveFault[] =>
    scene.hop === "client" ? [proxy.add(fault)] : system.faults(scene.hop).map((faults) => faults.add(fault));
  const lift = (): void => {
    for (const fault of struck) fault.remove();
  };
  stack.defer(lift);
  const owned = stack.move();
  return {
    customerId,
    target,
    get client() {
      client ??= owned.use(connectWire(scene.wire as CallWire, target));
      return client;
    },
    bystander,
    bystanderTransport,
    order,
    get connections() {
      return connections;
    },
    strike() {
      if (withFault) struck = add(scene.fault);
    },
    untilStruck: async (times) => {
      if (struck.length > 0) await Promise.race(struck.map((fault) => fault.untilStruck(times, signal)));
    },
    lift,
    get strikes() {
      return struck.reduce((sum, { counts }) => sum + counts.strikes, 0);
    },
    subscribe: async (which, onPlaced) => {
      const wire = which === "client" ? (scene.wire as PushWire) : "ws-json";
      const address = which === "client" ? target : { ...splitAddress(system.endpoints.realtime), token };
      const onEvent = (event: OrderEvent): void => {
        const placed = placedOrder(event);
        if (placed !== undefined && placed !== order.orderId) onPlaced(placed);
      };
      const subscriber = await subscribe(wire, { ...address, customerId, onEvent });
      subscriber.failure.catch(() => undefined);
      return owned.use(subscriber);
    },
    use: (resource) => owned.use(resource),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The order that an event says was placed: one that changed is told once more. */
export function placedOrder({ type, order }: OrderEvent): string | undefined {
  return type === OrderEventType.CREATED ? order?.orderId : undefined;
}
