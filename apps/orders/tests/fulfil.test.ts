import { type CallOptions, createClient } from "@connectrpc/connect";
import { OrderEventType, OrderStatus } from "@polywire/contract/polywire/orders/v1/order";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcTransport } from "@polywire/grpc";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { refusal } from "./support/expect-error.ts";
import { fillOrders } from "./support/fill.ts";
import { openStation, type TestStation } from "./support/station.ts";
import { connectTransports } from "./support/transports.ts";
import { as, type RunningOrders, startWorld, type World } from "./support/world.ts";

const LEASE_MS = 800;

let world: World;
let url: string;
let orders: RunningOrders;
let station: CallOptions;

beforeAll(async () => {
  world = await startWorld();
  url = await world.freshDatabase();
  orders = await world.orders(url, { POLYWIRE_STATION_LEASE_MS: String(LEASE_MS) });
  station = await as(world, "warehouse", "orders:fulfil");
});

afterEach(async () => {
  await orders.sql.query("DELETE FROM orders");
});

afterAll(async () => {
  await orders?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

const { PACKED, SHIPPED } = OrderStatus;

/** Puts confirmed orders there; their ids, oldest first. */
async function confirmed(count: number): Promise<string[]> {
  await fillOrders(orders.sql, { customer: "anna", count });
  const { rows } = await orders.sql.query(
    "SELECT order_id FROM orders WHERE status = 2 ORDER BY create_time, order_id",
  );
  return rows.map(({ order_id }) => order_id);
}

const open = (stationId: string, capacity: number, client = orders.client): Promise<TestStation> =>
  openStation(client, station, { stationId, capacity });

const claim = (orderId: string) => ({ case: "claim" as const, value: { orderId } });
const report = (orderId: string, status: OrderStatus) => ({ case: "report" as const, value: { orderId, status } });
const giveBack = (orderId: string) => ({ case: "giveBack" as const, value: { orderId, reason: "too heavy" } });
const heartbeat = { case: "heartbeat" as const, value: {} };

const idOf = async (offer: ReturnType<TestStation["offer"]>): Promise<string> => (await offer).order?.orderId ?? "";

/** Gives signs of life until disposed. */
function keepAlive(...stations: TestStation[]): Disposable {
  const timer = setInterval(() => {
    for (const each of stations) each.tell(heartbeat);
  }, LEASE_MS / 4);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

const transports: typeof connectTransports = {
  "grpc-js": ({ app }) => createGrpcTransport({ address: String(app.addresses.grpc) }),
  ...connectTransports,
};

test.each(Object.entries(transports).filter(([name]) => !name.includes("HTTP/1.1")))(
  "fulfilOrders by %s offers the oldest orders, and takes claims and reports up to shipped",
  async (_, transport) => {
    const [first = "", second = "", third = ""] = await confirmed(3);
    const client = createClient(OrderService, transport(orders));
    await using packer = await open("packer", 2, client);
    using _alive = keepAlive(packer);
    const offer = await packer.offer();
    expect(offer.order).toMatchObject({ orderId: first, status: OrderStatus.CONFIRMED, customerId: "anna" });
    expect(Number(offer.expireTime?.seconds)).toBeGreaterThanOrEqual(Math.floor(Date.now() / 1000));
    expect(await idOf(packer.offer())).toBe(second);
    expect(await packer.say(claim(first))).toMatchObject({ code: "OK", orderId: first, order: { orderId: first } });
    expect(await packer.say(claim(first))).toMatchObject({ code: "OK" });
    expect(packer.waitingOffers()).toEqual([]);
    const packed = await packer.say(report(first, PACKED));
    expect(packed).toMatchObject({ code: "OK", order: { status: PACKED, version: 2n } });
    expect(await packer.say(report(first, PACKED))).toMatchObject({ code: "OK", order: { version: 2n } });
    expect(await idOf(packer.offer())).toBe(third);
    expect(await packer.say(report(first, SHIPPED))).toMatchObject({ code: "OK", order: { status: SHIPPED } });
    const { events } = await orders.client.listOrderEvents({ orderId: first }, station).catch(() => ({ events: [] }));
    expect(events.every(({ type }) => type === OrderEventType.STATUS_CHANGED)).toBe(true);
    packer.halfClose();
    expect(await packer.ended).toBe("OK");
  },
);

test("fulfilOrders refuses callers without the scope, and a conversation that begins without a hello", async () => {
  const anna = await as(world, "anna");
  async function* said(...commands: Parameters<TestStation["tell"]>[0][]) {
    for (const [index, command] of commands.entries()) yield { command, commandId: index + 1 };
  }
  const first = async (caller: CallOptions) =>
    await refusal(
      orders.client
        .fulfilOrders(said(claim(crypto.randomUUID())), caller)
        [Symbol.asyncIterator]()
        .next(),
    );
  expect(await first(anna)).toBe("PERMISSION_DENIED SCOPE_REQUIRED");
  expect(await first(station)).toBe("FAILED_PRECONDITION HELLO_MISPLACED");
});

test("fulfilOrders answers refused commands and goes on", async () => {
  const [first = "", second = ""] = await confirmed(2);
  await using packer = await open("packer", 1);
  using _alive = keepAlive(packer);
  await packer.offer();
  const refused = async (command: Parameters<TestStation["say"]>[0]) => {
    const { code, reason, order, message } = await packer.say(command);
    expect([order, message.length > 0]).toEqual([undefined, true]);
    return `${code} ${reason}`;
  };
  expect(await refused({ case: "hello", value: { stationId: "packer", capacity: 9 } })).toBe(
    "FAILED_PRECONDITION HELLO_MISPLACED",
  );
  expect(await refused(claim(second))).toBe("FAILED_PRECONDITION ORDER_NOT_HELD");
  expect(await refused(report(first, PACKED))).toBe("FAILED_PRECONDITION ORDER_NOT_HELD");
  expect(await refused(report(first, SHIPPED))).toBe("FAILED_PRECONDITION ILLEGAL_STATUS_CHANGE");
  expect(await refused(claim(crypto.randomUUID()))).toBe("NOT_FOUND ORDER_NOT_FOUND");
  await orders.client.cancelOrder({ orderId: first }, await as(world, "anna"));
  expect(await refused(claim(first))).toBe("FAILED_PRECONDITION ILLEGAL_STATUS_CHANGE");
  expect(await idOf(packer.offer())).toBe(second);
});

test("fulfilOrders offers work as it comes", async () => {
  await using packer = await open("packer", 1);
  using _alive = keepAlive(packer);
  const offer = idOf(packer.offer());
  const { order } = await orders.client.createOrder(
    { lines: [{ sku: "SKU-00001", quantity: 1 }] },
    await as(world, "anna"),
  );
  expect(await offer).toBe(order?.orderId);
});

test("fulfilOrders gives no order to two stations, on two instances, and every order to one", async () => {
  await using other = await world.orders(url, { POLYWIRE_STATION_LEASE_MS: "60000" });
  const all = await confirmed(60);
  const packedBy = new Map<string, number>();
  const stations = await Promise.all(
    [0, 1, 2, 3].map((index) => open(`packer-${index}`, 5, index % 2 === 0 ? orders.client : other.client)),
  );
  using _alive = keepAlive(...stations);
  const work = async (each: TestStation): Promise<void> => {
    while (packedBy.size < all.length) {
      const orderId = await Promise.race([idOf(each.offer()), done.promise]);
      if (orderId === undefined) return;
      expect((await each.say(claim(orderId))).code).toBe("OK");
      expect((await each.say(report(orderId, PACKED))).code).toBe("OK");
      packedBy.set(orderId, (packedBy.get(orderId) ?? 0) + 1);
    }
    done.resolve(undefined);
  };
  const done = Promise.withResolvers<undefined>();
  await Promise.all(stations.map(work));
  expect([...packedBy.keys()].sort()).toEqual(all.sort());
  expect([...packedBy.values()].every((times) => times === 1)).toBe(true);
  for (const each of stations) each.leave();
  await Promise.all(stations.map(({ ended }) => ended));
});

test("a station that leaves loses its offers at once and its claims when the lease ends", async () => {
  const [claimed = "", offered = ""] = await confirmed(2);
  await using lost = await open("lost", 2);
  expect([await idOf(lost.offer()), await idOf(lost.offer())]).toEqual([claimed, offered]);
  expect((await lost.say(claim(claimed))).code).toBe("OK");
  await using next = await open("next", 2);
  using _alive = keepAlive(next);
  lost.leave();
  expect(await lost.ended).toMatch(/^CANCELED/);
  const leftOver = "SELECT order_id FROM held_orders WHERE station_id = 'lost'";
  await vi.waitFor(async () => expect((await orders.sql.query(leftOver)).rows).toEqual([{ order_id: claimed }]));
  const lease = "SELECT clock_timestamp() >= expire_time AS over FROM held_orders WHERE order_id = $1";
  await vi.waitFor(async () => expect((await orders.sql.query(lease, [claimed])).rows).toEqual([{ over: true }]));
  expect([await idOf(next.offer()), await idOf(next.offer())].sort()).toEqual([claimed, offered].sort());
  await using again = await open("lost", 2);
  expect(await again.say(report(claimed, PACKED))).toMatchObject({
    code: "FAILED_PRECONDITION",
    reason: "ORDER_NOT_HELD",
  });
});

test("a station that gives signs of life keeps its claims; one that is silent is sent away", async () => {
  const [orderId = ""] = await confirmed(1);
  await using packer = await open("packer", 1);
  await using other = await open("other", 1);
  {
    using _alive = keepAlive(packer, other);
    await packer.offer().then(({ order }) => packer.say(claim(order?.orderId ?? "")));
    const hold = "SELECT expire_time FROM held_orders WHERE claimed AND expire_time > clock_timestamp()";
    const before = (await orders.sql.query(hold)).rows[0].expire_time;
    const isLater = async () => {
      const { rows } = await orders.sql.query(hold);
      expect(rows[0].expire_time - before).toBeGreaterThan(LEASE_MS);
    };
    await vi.waitFor(isLater, { timeout: 5000 });
    expect(other.waitingOffers()).toEqual([]);
  }
  expect(await packer.ended).toBe("ABORTED STATION_LOST");
  expect((await orders.sql.query("SELECT FROM held_orders WHERE order_id = $1", [orderId])).rowCount).toBe(1);
});

test("a second hello of a station takes over what the first conversation held", async () => {
  const [first = "", second = ""] = await confirmed(2);
  await using old = await open("packer", 2);
  await old.offer();
  expect((await old.say(claim(first))).code).toBe("OK");
  await using young = await open("packer", 2);
  using _alive = keepAlive(young);
  expect([await idOf(young.offer()), await idOf(young.offer())]).toEqual([first, second]);
  old.tell(heartbeat);
  expect(await old.ended).toBe("ABORTED STATION_LOST");
  expect((await young.say(report(first, PACKED))).code).toBe("OK");
});

test("an order that is given back goes to another station and not to the same", async () => {
  const [first = "", second = ""] = await confirmed(2);
  await using packer = await open("packer", 1);
  await packer.offer();
  expect((await packer.say(claim(first))).code).toBe("OK");
  expect(await packer.say(giveBack(first))).toMatchObject({ code: "OK", order: { orderId: first } });
  expect(await idOf(packer.offer())).toBe(second);
  await using other = await open("other", 1);
  expect(await idOf(other.offer())).toBe(first);
  expect(await packer.say(giveBack(first))).toMatchObject({ reason: "ORDER_NOT_HELD" });
});

test("fulfilOrders after a half-close answers what was said, ends, and gives the offers back", async () => {
  const [first = ""] = await confirmed(2);
  await using packer = await open("packer", 2);
  await packer.offer();
  const answers = Array.from({ length: 20 }, () => packer.say(claim(first)));
  packer.halfClose();
  expect((await Promise.all(answers)).every(({ code }) => code === "OK")).toBe(true);
  expect(await packer.ended).toBe("OK");
  const { rows } = await orders.sql.query("SELECT order_id FROM held_orders");
  expect(rows).toEqual([{ order_id: first }]);
});

test("fulfilOrders ends at its deadline, and when the server drains", async () => {
  const short = await openStation(orders.client, { ...station, timeoutMs: 300 }, { stationId: "short", capacity: 1 });
  expect(await short.ended).toMatch(/^DEADLINE_EXCEEDED/);
  await using doomed = await world.orders(url);
  await using packer = await open("drained", 1, doomed.client);
  const closed = doomed.app.close();
  expect(await packer.ended).toBe("UNAVAILABLE DRAINING");
  await closed;
});
