import { setTimeout as sleep } from "node:timers/promises";
import { type Client, Code, createClient } from "@connectrpc/connect";
import { type Order, OrderStatus } from "@polywire/contract/polywire/orders/v1/order";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcTransport } from "@polywire/grpc";
import { createFaultProxy, type Fault } from "@polywire/wire/faults";
import type { RunningSystem } from "../../system/running-system.ts";
import { callHeaders, present } from "../../wires/rpc-client.ts";
import { splitAddress } from "../../wires/split-address.ts";
import { codeOfError } from "./codes.ts";

/** A call of the real order service that fails although it may have had its effect, and is made again. */
export interface Effects {
  readonly what: "read" | "order" | "order with a key";
  readonly code: number;
  readonly calls: number;
  /** Calls that ended with the code at their first attempt. */
  readonly failed: number;
  /** Calls that succeeded at their second attempt. */
  readonly recovered: number;
  /** Orders in the database beyond one for each call. */
  readonly extra: number;
}

/** Two who change the same order: what the one that was slower can do. */
export interface Conflict {
  readonly rounds: number;
  /** First attempts that ended with ABORTED. */
  readonly aborted: number;
  /** Of as many attempts each: the same call again, and the whole of reading and writing again. */
  readonly again: number;
  readonly rereading: number;
}

/** Wrong calls of the real order service, made again. */
export interface Vain {
  readonly code: number;
  readonly calls: number;
  readonly retries: number;
  readonly succeeded: number;
}

type Orders = Client<typeof OrderService>;

/** What the measurements of effects are given. */
export interface EffectsOptions {
  readonly system: RunningSystem;
  readonly calls: number;
  /** What a caller gives a call whose reply comes too late. */
  readonly deadlineMs: number;
}

const LINES = [{ sku: "SKU-00001", quantity: 1 }];
const PATIENCE_MS = 10_000;
const POLL_MS = 10;

/** Reads and orders whose reply is cut off, and orders whose reply comes after the deadline. */
export async function countEffects({ system, calls, deadlineMs }: EffectsOptions): Promise<Effects[]> {
  await using proxy = await createFaultProxy({ upstream: splitAddress(system.endpoints.ordersGrpc) });
  const cut: Lost = { code: Code.Unavailable, fault: { kind: "cut-reply", times: calls }, timeoutMs: PATIENCE_MS };
  const late: Fault = { kind: "latency", ms: 3 * deadlineMs };
  const tooLate: Lost = { code: Code.DeadlineExceeded, fault: late, timeoutMs: deadlineMs };
  const seen: Effects[] = [];
  for (const [what, lost] of [
    ["read", cut],
    ["order", cut],
    ["order with a key", cut],
    ["order", tooLate],
    ["order with a key", tooLate],
  ] as const) {
    await using customer = await openCustomer(system, `errors-${what}-${lost.fault.kind}`);
    const { orderId } = await customer.place();
    const before = await customer.count();
    await using stack = new AsyncDisposableStack();
    const attempts: Attempt[] = [];
    for (let call = 0; call < calls; call += 1) {
      // A connection each, made before the fault is set: it strikes the replies alone.
      const transport = createGrpcTransport({ address: `${proxy.address.host}:${proxy.address.port}` });
      stack.defer(() => transport.close());
      const orders = createClient(OrderService, transport);
      await orders.getOrder({ orderId }, { headers: customer.headers });
      const idempotencyKey = what === "order with a key" ? crypto.randomUUID() : "";
      attempts.push((timeoutMs) => {
        const options = { headers: customer.headers, timeoutMs };
        const answer =
          what === "read"
            ? orders.getOrder({ orderId }, options)
            : orders.createOrder({ lines: LINES, idempotencyKey }, options);
        return answer.then(() => 0, codeOfError);
      });
    }
    const fault = proxy.add(lost.fault);
    const first = await Promise.all(attempts.map((attempt) => attempt(lost.timeoutMs)));
    fault.remove();
    const second = await Promise.all(attempts.map((attempt) => attempt(PATIENCE_MS)));
    const made = (await customer.count()) - before;
    seen.push({
      what,
      code: lost.code,
      calls,
      failed: first.filter((code) => code === lost.code).length,
      recovered: second.filter((code) => code === 0).length,
      extra: made - (what === "read" ? 0 : calls),
    });
  }
  return seen;
}

/** How the reply to a first attempt does not come, and the code that the caller has then. */
interface Lost {
  readonly code: number;
  readonly fault: Fault;
  readonly timeoutMs: number;
}

/** Makes the same call; resolves to the code in which it ended. */
type Attempt = (timeoutMs: number) => Promise<number>;

/** Cancels orders that somebody else has changed since they were read. */
export async function meetConflicts(system: RunningSystem, rounds: number): Promise<Conflict> {
  await using customer = await openCustomer(system, "errors-conflict");
  let aborted = 0;
  let again = 0;
  let rereading = 0;
  for (let round = 0; round < rounds; round += 1) {
    for (const way of ["again", "rereading"] as const) {
      const { orderId, version } = await customer.placeConfirmed();
      const updateMask = { paths: ["note"] };
      await customer.orders.updateOrder(
        { order: { orderId, version, note: "faster" }, updateMask },
        customer.options(),
      );
      const cancel = (read: bigint): Promise<number> =>
        customer.orders.cancelOrder({ orderId, version: read }, customer.options()).then(() => 0, codeOfError);
      if ((await cancel(version)) === Code.Aborted && way === "again") aborted += 1;
      const current = (await customer.orders.getOrder({ orderId }, customer.options())).order?.version ?? 0n;
      const second = await cancel(way === "again" ? version : current);
      if (second === 0 && way === "again") again += 1;
      if (second === 0 && way === "rereading") rereading += 1;
    }
  }
  return { rounds, aborted, again, rereading };
}

/** Makes calls that are wrong again and again: a bad request, an order that is not there, a scope that is missing. */
export async function retryInVain(system: RunningSystem, calls: number, retries: number): Promise<Vain[]> {
  await using customer = await openCustomer(system, "errors-vain");
  const { orderId } = await customer.place();
  const updateMask = { paths: ["status"] };
  const wrong: readonly (readonly [number, () => Promise<unknown>])[] = [
    [Code.InvalidArgument, () => customer.orders.createOrder({ lines: [] }, customer.options())],
    [Code.NotFound, () => customer.orders.getOrder({ orderId: crypto.randomUUID() }, customer.options())],
    [
      Code.PermissionDenied,
      () =>
        customer.orders.updateOrder({ order: { orderId, status: OrderStatus.PACKED }, updateMask }, customer.options()),
    ],
  ];
  const seen: Vain[] = [];
  for (const [code, call] of wrong) {
    const ask = (): Promise<number> => call().then(() => 0, codeOfError);
    let succeeded = 0;
    for (let one = 0; one < calls; one += 1) {
      const first = await ask();
      if (first !== code) throw new Error(`a call that is to end with code ${code} ended with ${first}`);
      for (let retry = 0; retry < retries; retry += 1) if ((await ask()) === 0) succeeded += 1;
    }
    seen.push({ code, calls, retries: calls * retries, succeeded });
  }
  return seen;
}

async function openCustomer(system: RunningSystem, subject: string) {
  const token = await system.issueToken({ subject: subject.replaceAll(" ", "-"), scopes: [] });
  const transport = createGrpcTransport({ address: system.endpoints.ordersGrpc });
  const orders: Orders = createClient(OrderService, transport);
  const headers = callHeaders(token);
  const options = () => ({ headers, timeoutMs: PATIENCE_MS });
  const place = async (): Promise<Order> => present((await orders.createOrder({ lines: LINES }, options())).order);
  return {
    orders,
    headers,
    options,
    place,
    /** An order that nobody changes any more by himself: its stock is confirmed behind the answer. */
    async placeConfirmed(): Promise<Order> {
      const giveUpAt = performance.now() + PATIENCE_MS;
      for (
        let order = await place();
        ;
        order = present((await orders.getOrder({ orderId: order.orderId }, options())).order)
      ) {
        if (order.status === OrderStatus.CONFIRMED) return order;
        if (performance.now() > giveUpAt) throw new Error(`order ${order.orderId} is not confirmed`);
        await sleep(POLL_MS);
      }
    },
    count: async () => (await orders.listOrders({ pageSize: 200 }, options())).orders.length,
    [Symbol.asyncDispose]: async () => transport.close(),
  };
}
