import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { InventoryService } from "@polywire/contract/polywire/inventory/v1/inventory_service";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { PricingService } from "@polywire/contract/polywire/pricing/v1/pricing_service";
import { createTap, type Tap } from "@polywire/wire/tap";
import type { Address } from "../../system/front-door.ts";
import { machineMs } from "../../tap/hop-event.ts";
import { splitAddress } from "../../wires/split-address.ts";
import { plainClient, unaryCall } from "../building-blocks/plain-grpc.ts";
import type { Chain, HopWork } from "./chain.ts";
import { type NaiveHop, type Propagation, startNaiveHop } from "./naive-hop.ts";
import { orderCall } from "./tapped-calls.ts";

/** The services that call others, in the order in which they are asked. */
type Caller = "gateway" | "orders" | "pricing";

/** How the hops of one call behave. */
export interface NaiveWay extends Readonly<Record<Caller, Propagation>> {
  /** Which inventory is asked: the product's, or one whose driver cancels nothing. */
  readonly inventory: "real" | "no cancellation";
}

/** What the chain stands on. */
export interface NaiveChainOptions {
  /** The product's inventory. */
  readonly inventory: Address;
  /** The statement that inventory runs for a quote, by a driver that is not told of cancellation. */
  readonly readStock: () => Promise<unknown>;
  readonly token: string;
  readonly perHopMs: number;
}

/** The chain of services as plain grpc-js has it, in front of the product's inventory; one switch says how it behaves. */
export interface NaiveChain extends AsyncDisposable {
  /** The chain set to behave so, for the next call. */
  set(way: NaiveWay): Chain;
}

/** Starts gateway, orders and pricing, a tap in front of each and of inventory. */
export async function startNaiveChain(options: NaiveChainOptions): Promise<NaiveChain> {
  const { perHopMs } = options;
  await using stack = new AsyncDisposableStack();
  let way: NaiveWay = { gateway: "none", orders: "none", pricing: "none", inventory: "real" };
  const taps: Tap[] = [];
  const tapped = async (address: Address) => {
    const tap = stack.use(await createTap({ upstream: splitAddress(address) }));
    taps.push(tap);
    return { tap, client: plainClient(`${tap.address.host}:${tap.address.port}`, stack) };
  };

  const uncancelled = stack.use(
    await startNaiveHop({
      method: InventoryService.method.checkAvailability,
      propagation: () => "none",
      perHopMs,
      serve: async () => {
        await options.readStock();
        return {};
      },
    }),
  );
  const inventory = {
    real: await tapped(options.inventory),
    "no cancellation": await tapped(uncancelled.address),
  };
  const pricing = stack.use(
    await startNaiveHop({
      method: PricingService.method.quoteOrder,
      propagation: () => way.pricing,
      perHopMs,
      serve: async ({ lines }, ask) => {
        const wanted = lines.map(({ sku, quantity }) => ({ sku, quantity }));
        await ask(inventory[way.inventory].client, InventoryService.method.checkAvailability, { lines: wanted });
        return {};
      },
    }),
  );
  const toPricing = await tapped(pricing.address);
  const orders = stack.use(
    await startNaiveHop({
      method: OrderService.method.createOrder,
      propagation: () => way.orders,
      perHopMs,
      serve: async ({ lines, note: reservationKey }, ask) => {
        const wanted = lines.map(({ sku, quantity }) => ({ sku, quantity }));
        await ask(toPricing.client, PricingService.method.quoteOrder, { lines: wanted, currencyCode: "EUR" });
        // What an order does next: stock is held for a customer.
        await ask(inventory.real.client, InventoryService.method.reserve, { reservationKey, lines: wanted });
        return {};
      },
    }),
  );
  const toOrders = await tapped(orders.address);
  const gateway = stack.use(
    await startNaiveHop({
      method: OrderService.method.createOrder,
      propagation: () => way.gateway,
      perHopMs,
      serve: async (request, ask) => ask(toOrders.client, OrderService.method.createOrder, request),
    }),
  );
  const toGateway = await tapped(gateway.address);

  /** What a hop was told on the wire, and how long its handler worked; of the product's own, how long the call was open. */
  const workOf = (hop: string, { tap, own }: { tap: Tap; own: NaiveHop | null }, sinceMs: number): HopWork[] => {
    const call = orderCall(hop, tap);
    if (call === undefined) return [];
    const endedAtMs = own === null ? call.endedAtMs : (own.work.at(-1)?.endedAtMs ?? null);
    return [
      {
        hop,
        toldMs: call.timeoutMs,
        startedMs: call.startedAtMs - sinceMs,
        endedMs: endedAtMs === null ? null : endedAtMs - sinceMs,
        code: call.code ?? (call.cancelledBy === null ? null : "CANCELED"),
      },
    ];
  };
  const running = stack.move();
  return {
    set(chosen) {
      way = chosen;
      const last = chosen.inventory === "real" ? null : uncancelled;
      return {
        start({ budgetMs, signal }) {
          for (const tap of taps) tap.clear();
          const startedAtMs = machineMs();
          const metadata = new Metadata();
          metadata.set("authorization", `Bearer ${options.token}`);
          const note = `naive-${crypto.randomUUID()}`;
          const request = { lines: [{ sku: "SKU-00001", quantity: 1 }], note };
          const calling = unaryCall(toGateway.client, OrderService.method.createOrder, {
            ...{ request, metadata, signal },
            options: { deadline: Date.now() + budgetMs },
          });
          return {
            startedAtMs,
            ended: calling.then(
              () => "OK",
              (error: ServiceError) => grpcCode(error.code),
            ),
            work: () => [
              ...workOf("gateway", { tap: toGateway.tap, own: gateway }, startedAtMs),
              ...workOf("orders", { tap: toOrders.tap, own: orders }, startedAtMs),
              ...workOf("pricing", { tap: toPricing.tap, own: pricing }, startedAtMs),
              ...workOf("inventory", { tap: inventory[chosen.inventory].tap, own: last }, startedAtMs),
            ],
          };
        },
      };
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Our name of a code; grpc-js writes CANCELLED with two. */
function grpcCode(code: status): string {
  return code === status.CANCELLED ? "CANCELED" : status[code];
}
