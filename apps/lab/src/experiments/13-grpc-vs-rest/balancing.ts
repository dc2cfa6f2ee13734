import { createClient } from "@connectrpc/connect";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcTransport, type GrpcTransportOptions } from "@polywire/grpc";
import { startBalancer } from "../building-blocks/balancer.ts";
import { startOrdersBackend } from "../building-blocks/orders-backend.ts";
import type { RunContext } from "../framework/experiment.ts";
import { type Control, holdsIf, type Verdict } from "../framework/verdicts.ts";

/** Who spreads calls: an L4 proxy, the client's default, the client in turn, an L7 proxy. */
export const BALANCERS = ["l4", "pick_first", "round_robin", "l7"] as const;

/** One of them. */
export type BalancerName = (typeof BALANCERS)[number];

/** Where the calls of one long-lived client went. */
export interface SpreadSeen {
  readonly balancer: BalancerName;
  /** The backend of each call, from 0, in the order of the calls. */
  readonly reached: readonly number[];
}

/** What was seen of all, and of connections that are not long-lived. */
export interface Balancing {
  readonly backends: number;
  readonly seen: readonly SpreadSeen[];
  /** Through the L4 proxy, each call over a connection of its own. */
  readonly reconnecting: readonly number[];
}

const BACKENDS = 3;
/** So many calls are made before the count begins, or until every backend was reached: connecting takes its time. */
const WARM_UP_CALLS = 100;
const CALLS_AT_ONCE = 30;

/** Calls three backends in each way. */
export async function watchBalancing(
  startEnvoy: RunContext["startEnvoy"],
  { calls, signal }: { readonly calls: number; readonly signal: AbortSignal },
): Promise<Balancing> {
  await using stack = new AsyncDisposableStack();
  const reached: number[] = [];
  const addresses: string[] = [];
  for (let backend = 0; backend < BACKENDS; backend += 1) {
    const getOrder = () => {
      reached.push(backend);
      return {};
    };
    addresses.push(stack.use(await startOrdersBackend({ getOrder })).address);
  }
  const l4 = stack.use(await startBalancer(startEnvoy, { layer: "tcp", backends: addresses }));
  const l7 = stack.use(await startBalancer(startEnvoy, { layer: "http", backends: addresses }));
  const all = `ipv4:${addresses.join(",")}`;
  const clients: Readonly<Record<BalancerName, GrpcTransportOptions>> = {
    l4: { address: l4.address },
    pick_first: { address: all, loadBalancing: "pick_first" },
    round_robin: { address: all, loadBalancing: "round_robin" },
    l7: { address: l7.address },
  };
  const seen: SpreadSeen[] = [];
  for (const balancer of BALANCERS) {
    using transport = createGrpcTransport(clients[balancer]);
    const client = createClient(OrderService, transport);
    reached.length = 0;
    while (reached.length < WARM_UP_CALLS && new Set(reached).size < BACKENDS) await client.getOrder({});
    reached.length = 0;
    while (reached.length < calls) {
      signal.throwIfAborted();
      const batch = Math.min(CALLS_AT_ONCE, calls - reached.length);
      await Promise.all(Array.from({ length: batch }, () => client.getOrder({})));
    }
    seen.push({ balancer, reached: [...reached] });
  }
  reached.length = 0;
  for (let call = 0; call < RECONNECTING_CALLS; call += 1) {
    using transport = createGrpcTransport(clients.l4);
    await createClient(OrderService, transport).getOrder({});
  }
  return { backends: BACKENDS, seen, reconnecting: [...reached] };
}

const RECONNECTING_CALLS = 30;

/** The largest share that still counts as spread. */
const SPREAD = 0.4;

/** Claim 13.6: whom a long-lived connection reaches, and who cures it. */
export function balancingClaim({ backends, seen, reconnecting }: Balancing): Verdict {
  const of = (names: readonly BalancerName[]): SpreadSeen[] => seen.filter(({ balancer }) => names.includes(balancer));
  const trapped = of(["l4", "pick_first"]);
  const spread = of(["l7", "round_robin"]);
  const control: Control = {
    name: "a new connection for each call, through the same L4 proxy",
    bit: largestShare(reconnecting) <= SPREAD,
    because: `${tell(reconnecting, backends)}: the backends are there, it is the connection that stays`,
  };
  return holdsIf(
    trapped.length === 2 &&
      trapped.every(({ reached }) => largestShare(reached) === 1) &&
      spread.length === 2 &&
      spread.every(({ reached }) => largestShare(reached) <= SPREAD),
    seen.map(({ balancer, reached }) => `${balancer} ${tell(reached, backends)}`).join(", "),
    [control],
  );
}

/** How many calls each backend got. */
export function countByBackend(reached: readonly number[], backends: number): number[] {
  return Array.from({ length: backends }, (_, backend) => reached.filter((other) => other === backend).length);
}

function tell(reached: readonly number[], backends: number): string {
  return countByBackend(reached, backends).join("/");
}

/** Of all calls, the share of the backend that got most; 1 of none. */
function largestShare(reached: readonly number[]): number {
  const most = Math.max(0, ...[...Map.groupBy(reached, (backend) => backend).values()].map(({ length }) => length));
  return reached.length === 0 ? 1 : most / reached.length;
}
