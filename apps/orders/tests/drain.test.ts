import { once } from "node:events";
import { connect } from "node:net";
import { createClient } from "@connectrpc/connect";
import { createWritableIterable } from "@connectrpc/connect/protocol";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@polywire/contract/grpc/health/v1/health";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcTransport } from "@polywire/grpc";
import { Client as PgClient } from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { refusal } from "./support/expect-error.ts";
import { fillOrders } from "./support/fill.ts";
import { startOrdersProcess } from "./support/orders-process.ts";
import { openStation } from "./support/station.ts";
import { readStream } from "./support/stream.ts";
import { as, startWorld, type World } from "./support/world.ts";

/** More than the buffers between the cursor and a reader take. */
const EXPORTED = 20_000;

let world: World;

beforeAll(async () => {
  world = await startWorld();
});

afterAll(() => world?.[Symbol.asyncDispose]());

const lines = [{ sku: "SKU-00001", quantity: 1 }];

/** Holds the quote of each order until it is let go; the first one for ever. */
function holdQuotes() {
  const gate = Promise.withResolvers<void>();
  const stuck = Promise.withResolvers<never>();
  let arrived = 0;
  world.standIns.before = async (method) => {
    if (method !== "quoteOrder") return;
    arrived += 1;
    await (arrived === 1 ? stuck.promise : gate.promise);
  };
  return { arrived: () => arrived, letGo: gate.resolve };
}

async function canConnect(address: string): Promise<boolean> {
  const [host, port] = address.split(":");
  const socket = connect({ host, port: Number(port) });
  const connected = await once(socket, "connect").then(
    () => true,
    () => false,
  );
  socket.destroy();
  return connected;
}

test("SIGTERM: not ready, no new connections, calls of all four modes finish or are told, the last one by force", async () => {
  const url = await world.freshDatabase();
  await using app = await startOrdersProcess({ ...world.environment(url), POLYWIRE_LOG_LEVEL: "info" });
  const { grpc = "", http = "" } = app.addresses;
  using transport = createGrpcTransport({ address: grpc });
  const client = createClient(OrderService, transport);
  const anna = await as(world, "anna");
  const sql = new PgClient({ connectionString: url, options: "-c search_path=orders" });
  await sql.connect();
  await fillOrders(sql, { customer: "anna", count: EXPORTED, noteLength: 400 });
  await sql.end();

  const seen: Status[] = [];
  const watching = refusal(
    (async () => {
      const service = OrderService.typeName;
      for await (const { status } of createClient(Health, transport).watch({ service })) seen.push(status);
    })(),
  );
  const quotes = holdQuotes();
  const stuck = refusal(client.createOrder({ lines }, anna));
  await vi.waitFor(() => expect(quotes.arrived()).toBe(1), { timeout: 5000 });
  const unary = refusal(client.createOrder({ lines }, anna));
  await vi.waitFor(() => expect(quotes.arrived()).toBe(2), { timeout: 5000 });
  const exported = client.exportOrders({}, anna)[Symbol.asyncIterator]();
  let count = (await exported.next()).value?.orders.length ?? 0;
  const imported = createWritableIterable<{
    lineNumber: bigint;
    order: { idempotencyKey: string; lines: typeof lines };
  }>();
  const summary = client.importOrders(imported, anna);
  await imported.write({ lineNumber: 1n, order: { idempotencyKey: "early", lines } });
  await vi.waitFor(() => expect(quotes.arrived()).toBe(3), { timeout: 5000 });
  await using watch = readStream((signal) => client.watchOrders({}, { ...anna, signal }));
  await watch.next();
  await using station = await openStation(client, await as(world, "warehouse", "orders:fulfil"), {
    stationId: "one",
    capacity: 1,
  });

  const exit = app.terminate();
  expect(await watching).toBe("UNAVAILABLE DRAINING");
  expect(seen).toEqual([Status.SERVING, Status.NOT_SERVING]);
  expect((await fetch(`http://${http}/readyz`)).status).toBe(503);
  await vi.waitFor(async () => expect(await canConnect(grpc)).toBe(false), { timeout: 5000 });
  expect(await refusal(watch.find(() => false))).toBe("UNAVAILABLE DRAINING");
  expect(await station.ended).toBe("UNAVAILABLE DRAINING");

  quotes.letGo();
  expect(await unary).toBe("OK");
  await imported.write({ lineNumber: 2n, order: { idempotencyKey: "late", lines } });
  imported.close();
  expect(await summary).toMatchObject({ storedOrders: 2n, refusedLines: 0n });
  for (let next = await exported.next(); !next.done; next = await exported.next()) count += next.value.orders.length;
  expect(count).toBe(EXPORTED);

  expect(await stuck).toBe("UNAVAILABLE DRAINING");
  expect(await exit).toBe(0);
});
