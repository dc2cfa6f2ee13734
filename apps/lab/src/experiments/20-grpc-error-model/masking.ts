import { Code, createClient } from "@connectrpc/connect";
import type { Order } from "@polywire/contract/polywire/orders/v1/order";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcTransport } from "@polywire/grpc";
import type { Address } from "../../system/front-door.ts";
import { type Balancer, startBalancer } from "../building-blocks/balancer.ts";
import { startOrdersBackend } from "../building-blocks/orders-backend.ts";
import type { RunContext } from "../framework/experiment.ts";
import { askRetrying } from "./ask.ts";
import { ALL_CODES, codeOfError } from "./codes.ts";
import { faultOf, startFaultService } from "./fault-service.ts";
import { MAX_ATTEMPTS, retrierOf } from "./retrying.ts";

/** A backend that always ends with one code, behind an Envoy that ejects. */
export interface Ejection {
  readonly code: number;
  readonly ejected: boolean;
  /** Calls that it served, the last of them before it was ejected. */
  readonly calls: number;
}

/** Three backends whose callers make mistakes, telling them so or hiding it, and what that does to others. */
export interface Fleet {
  /** The code that a caller's mistake is answered with. */
  readonly code: number;
  readonly ejected: number;
  /** Right calls made afterwards, and how many of them succeeded. */
  readonly good: number;
  readonly succeeded: number;
}

/** Calls to a server that is briefly away, and to one that is asked nonsense. */
export interface Decisions {
  /** The code for "briefly away". */
  readonly code: number;
  readonly calls: number;
  /** Calls that the product's retrier brought to an end that is good. */
  readonly recovered: number;
  /** Repetitions, all in vain, of calls that are wrong, by a retrier that goes by the same code. */
  readonly wasted: number;
}

const OUTLIER_DETECTION = {
  consecutive_5xx: 5,
  enforcing_consecutive_5xx: 100,
  enforcing_success_rate: 0,
  base_ejection_time: "300s",
  max_ejection_percent: 100,
};
/**
 * None left is none left: by default Envoy would ignore its own ejections then. And each counts at once: by default Envoy
 * gathers them for a second.
 */
const STRICT = { healthy_panic_threshold: { value: 0 }, update_merge_window: "0s" };
const ROUNDS = 8;
const FLEET = 3;
const GOOD_CALLS = 12;

/** Lets an Envoy see every code, and then a fleet of each kind. */
export async function watchEjections({
  order,
  startEnvoy,
}: {
  readonly order: Order;
  readonly startEnvoy: RunContext["startEnvoy"];
}): Promise<{ ejections: Ejection[]; fleets: Fleet[] }> {
  await using stack = new AsyncDisposableStack();
  const calls = ALL_CODES.map(() => 0);
  const backends: Address[] = [];
  for (const code of ALL_CODES) {
    const getOrder = () => {
      calls[code] = (calls[code] ?? 0) + 1;
      if (code === 0) return { order };
      throw faultOf(code);
    };
    backends.push(stack.use(await startOrdersBackend({ getOrder })).address);
  }
  const cluster = { outlier_detection: OUTLIER_DETECTION, common_lb_config: STRICT };
  const envoy = stack.use(await startBalancer(startEnvoy, { layer: "http", backends, cluster }));
  using transport = createGrpcTransport({ address: envoy.address });
  const client = createClient(OrderService, transport);
  const ask = (orderId: string): Promise<number> => client.getOrder({ orderId }).then(() => 0, codeOfError);

  for (let call = 0; call < ROUNDS * backends.length; call += 1) await ask("");
  const ejected = await ejectedOf(envoy);
  const ejections = ALL_CODES.map((code) => ({
    code,
    ejected: ejected.has(backends[code] ?? ""),
    calls: calls[code] ?? 0,
  }));

  const fleets: Fleet[] = [];
  for (const code of [Code.InvalidArgument, Code.Internal]) {
    const fleet: Address[] = [];
    for (let member = 0; member < FLEET; member += 1) {
      const getOrder = ({ orderId }: { readonly orderId: string }) => {
        if (orderId === NONSENSE) throw faultOf(code);
        return { order };
      };
      fleet.push(stack.use(await startOrdersBackend({ getOrder })).address);
    }
    await envoy.setBackends(fleet);
    for (let call = 0; call < OUTLIER_DETECTION.consecutive_5xx * FLEET; call += 1) await ask(NONSENSE);
    let succeeded = 0;
    for (let call = 0; call < GOOD_CALLS; call += 1) if ((await ask("")) === 0) succeeded += 1;
    const gone = await ejectedOf(envoy);
    fleets.push({ code, ejected: fleet.filter((one) => gone.has(one)).length, good: GOOD_CALLS, succeeded });
  }
  return { ejections, fleets };
}

const NONSENSE = "nonsense";

/** The backends that Envoy's outlier detection has taken out. */
async function ejectedOf(envoy: Balancer): Promise<Set<Address>> {
  return new Set((await envoy.hosts()).filter(({ ejected }) => ejected).map(({ address }) => address));
}

/** What becomes of retries where being briefly away has its own code, and where everything is INTERNAL. */
export async function decide(order: Order, calls: number): Promise<Decisions[]> {
  const decisions: Decisions[] = [];
  for (const [code, mistake] of [
    [Code.Unavailable, Code.InvalidArgument],
    [Code.Internal, Code.Internal],
  ] as const) {
    await using service = await startFaultService((orderId, attempt) => {
      if (orderId.startsWith(NONSENSE)) throw faultOf(mistake);
      if (attempt === 1) throw faultOf(code);
      return order;
    });
    let recovered = 0;
    let wasted = 0;
    for (let call = 0; call < calls; call += 1) {
      if ((await askRetrying(service.grpc, `away ${call}`, retrierOf("unavailable"))) === 0) recovered += 1;
      // One code for both: whoever wants the first repeated repeats the second.
      const nonsense = `${NONSENSE} ${call}`;
      await askRetrying(service.grpc, nonsense, retrierOf(mistake === code ? "all" : "unavailable"));
      wasted += service.attempts(nonsense) - 1;
    }
    decisions.push({ code, calls, recovered, wasted });
  }
  return decisions;
}

/** What {@link decide} can waste at most. */
export function mostWasted({ calls }: Decisions): number {
  return calls * (MAX_ATTEMPTS - 1);
}
