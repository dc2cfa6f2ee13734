import type { CallOptions } from "@connectrpc/connect";
import { createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-node";
import { OrderStatus } from "@polywire/contract/polywire/orders/v1/order";
import {
  type Export,
  ExportFormat,
  ExportState,
  OrderService,
} from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcTransport } from "@polywire/grpc";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { refusal } from "./support/expect-error.ts";
import { fillOrders } from "./support/fill.ts";
import { startOrdersProcess } from "./support/orders-process.ts";
import { connectTransports } from "./support/transports.ts";
import { as, type RunningOrders, startWorld, type World } from "./support/world.ts";

/** So many that an export of them is under way for a while. */
const MANY = 20_000;

let world: World;
let url: string;
let orders: RunningOrders;
let anna: CallOptions;
let bert: CallOptions;

beforeAll(async () => {
  world = await startWorld();
  url = await world.freshDatabase();
  orders = await world.orders(url);
  anna = await as(world, "anna");
  bert = await as(world, "bert");
  await fillOrders(orders.sql, { customer: "anna", count: 250 });
  await fillOrders(orders.sql, { customer: "bert", count: MANY, noteLength: 400 });
});

afterAll(async () => {
  await orders?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

type Client = RunningOrders["client"];

async function started(
  client: Client,
  caller: CallOptions,
  request: Parameters<Client["startExport"]>[0] = { format: ExportFormat.JSON_LINES },
): Promise<string> {
  const { export: begun } = await client.startExport(request, caller);
  expect(begun).toMatchObject({ state: ExportState.RUNNING, downloadPath: "", pollAfter: { seconds: 1n } });
  return begun?.exportId ?? "";
}

/** The export when it is no longer written. */
const finished = (client: Client, exportId: string, caller: CallOptions): Promise<Export> =>
  vi.waitFor(
    async () => {
      const { export: found } = await client.getExport({ exportId }, caller);
      if (found === undefined || found.state === ExportState.RUNNING) throw new Error("still running");
      return found;
    },
    { timeout: 30_000 },
  );

async function downloaded(client: Client, exportId: string, caller: CallOptions): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const { data } of client.downloadExport({ exportId }, caller)) {
    expect(data.length).toBeLessThanOrEqual(1024 * 1024);
    pieces.push(data);
  }
  return Buffer.concat(pieces).toString();
}

/** Waits until a writer has stored a part of the export. */
const underWay = (exportId: string): Promise<void> =>
  vi.waitFor(async () => {
    const { rows } = await orders.sql.query("SELECT written_orders FROM exports WHERE export_id = $1", [exportId]);
    expect(Number(rows[0].written_orders)).toBeGreaterThan(0);
  });

async function rowOf(exportId: string) {
  const { rows } = await orders.sql.query(
    "SELECT state, attempts, token, lease_until <= clock_timestamp() AS is_free FROM exports WHERE export_id = $1",
    [exportId],
  );
  return rows[0];
}

async function forget(): Promise<void> {
  await orders.sql.query("DELETE FROM exports");
}

/** The orders of an export by id, as often as they are in it. */
const idsIn = (text: string): string[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { orderId: string }).orderId);

const wires: typeof connectTransports = {
  "grpc-js": ({ app }) => createGrpcTransport({ address: String(app.addresses.grpc) }),
  ...connectTransports,
  "grpc-web": ({ app }) => createGrpcWebTransport({ baseUrl: `http://${app.addresses.connect}`, httpVersion: "1.1" }),
};

test.each(Object.entries(wires))(
  "startExport by %s writes what getExport tells of and downloadExport reads",
  async (_, open) => {
    const client = createClient(OrderService, open(orders));
    const exportId = await started(client, anna);
    const done = await finished(client, exportId, anna);
    expect(done).toMatchObject({
      state: ExportState.SUCCEEDED,
      writtenOrders: 250n,
      downloadPath: `/v1/exports/${exportId}/content`,
    });
    expect(done.pollAfter).toBeUndefined();
    expect(Number(done.expireTime?.seconds) - Date.now() / 1000).toBeGreaterThan(3500);
    expect(new Set(idsIn(await downloaded(client, exportId, anna))).size).toBe(250);
    await forget();
  },
);

test("startExport takes the filter, the format and the caller's orders alone", async () => {
  const station = await as(world, "station", "orders:fulfil");
  const before = { createdBefore: { seconds: BigInt(Date.UTC(2026, 0, 1) / 1000), nanos: 4000 } };
  const csv = await started(orders.client, anna, { format: ExportFormat.CSV, filter: before });
  await finished(orders.client, csv, anna);
  const lines = (await downloaded(orders.client, csv, anna)).trimEnd().split("\r\n");
  expect([lines.length, lines[0]?.split(",")[0]]).toEqual([4, "order_id"]);
  const all = await started(orders.client, station, { format: ExportFormat.CSV, filter: before });
  expect(await finished(orders.client, all, station)).toMatchObject({ writtenOrders: 6n });
  const none = await started(orders.client, anna, {
    format: ExportFormat.JSON_LINES,
    filter: { statuses: [OrderStatus.SHIPPED] },
  });
  expect(await finished(orders.client, none, anna)).toMatchObject({ state: ExportState.SUCCEEDED, writtenOrders: 0n });
  expect(await downloaded(orders.client, none, anna)).toBe("");
  await forget();
});

test("startExport answers the export of the first call with the same key, and refuses another request", async () => {
  const request = { format: ExportFormat.CSV, idempotencyKey: "k-1" };
  const [first, second] = await Promise.all([
    orders.client.startExport(request, anna),
    orders.client.startExport(request, anna),
  ]);
  const exportId = first.export?.exportId ?? "";
  expect(second.export?.exportId).toBe(exportId);
  expect(await refusal(orders.client.startExport({ ...request, format: ExportFormat.JSON_LINES }, anna))).toBe(
    "ALREADY_EXISTS IDEMPOTENCY_KEY_REUSED",
  );
  await finished(orders.client, exportId, anna);
  const third = await orders.client.startExport(request, anna);
  expect(third.export).toMatchObject({ exportId, state: ExportState.SUCCEEDED });
  await forget();
  const gone = await orders.client.startExport(request, anna);
  expect(gone.export).toMatchObject({ exportId });
});

test("getExport and downloadExport find only the caller's exports", async () => {
  const exportId = await started(orders.client, anna);
  for (const id of [exportId, crypto.randomUUID()]) {
    expect(await refusal(orders.client.getExport({ exportId: id }, bert))).toBe("NOT_FOUND EXPORT_NOT_FOUND");
    expect(await refusal(downloaded(orders.client, id, bert))).toBe("NOT_FOUND EXPORT_NOT_FOUND");
  }
  expect(await refusal(orders.client.getExport({ exportId: "x" }, anna))).toBe("INVALID_ARGUMENT VALIDATION_FAILED");
  expect(await refusal(orders.client.startExport({}, anna))).toBe("INVALID_ARGUMENT VALIDATION_FAILED");
  await finished(orders.client, exportId, anna);
  await forget();
});

test("downloadExport of an export that is removed while it is read is NOT_FOUND, and no shorter one", async () => {
  const exportId = await started(orders.client, bert);
  await finished(orders.client, exportId, bert);
  const reading = orders.client.downloadExport({ exportId }, bert)[Symbol.asyncIterator]();
  expect((await reading.next()).done).toBe(false);
  await forget();
  const rest = async () => {
    while (!(await reading.next()).done);
  };
  expect(await refusal(rest())).toBe("NOT_FOUND EXPORT_NOT_FOUND");
});

test("startExport refuses more than maxExports of a customer, also those asked for at once", async () => {
  await using small = await world.orders(url, { POLYWIRE_MAX_EXPORTS: "2" });
  const outcomes = await Promise.all(
    Array.from({ length: 6 }, () => refusal(small.client.startExport({ format: ExportFormat.CSV }, anna))),
  );
  expect(outcomes.sort()).toEqual(["OK", "OK", ...Array(4).fill("RESOURCE_EXHAUSTED TOO_MANY_EXPORTS")]);
  const carla = await as(world, "carla");
  await started(small.client, carla);
  await forget();
});

test("an export is removed with what it has written after exportRetentionMs", async () => {
  await using brief = await world.orders(await world.freshDatabase(), { POLYWIRE_EXPORT_RETENTION_MS: "300" });
  await fillOrders(brief.sql, { customer: "anna", count: 5 });
  const exportId = await started(brief.client, anna);
  await finished(brief.client, exportId, anna);
  await vi.waitFor(async () => {
    expect(await refusal(brief.client.getExport({ exportId }, anna))).toBe("NOT_FOUND EXPORT_NOT_FOUND");
    const { rows } = await brief.sql.query("SELECT count(*)::int AS left FROM export_chunks");
    expect(rows[0].left).toBe(0);
  }, 5000);
});

test.each([
  [
    "more than exportMaxBytes",
    { POLYWIRE_EXPORT_MAX_BYTES: "100000" },
    { code: "RESOURCE_EXHAUSTED", reason: "RESPONSE_TOO_LARGE" },
  ],
  [
    "longer than snapshotMaxMs",
    { POLYWIRE_SNAPSHOT_MAX_MS: "100" },
    { code: "DEADLINE_EXCEEDED", reason: "DEADLINE_PASSED" },
  ],
])(
  "an export that takes %s fails, says so, leaves nothing, and takes no room of others",
  async (_, environment, failure) => {
    const one = { POLYWIRE_MAX_EXPORTS: "1" };
    await using bounded = await world.orders(await world.freshDatabase(), { ...environment, ...one });
    await fillOrders(bounded.sql, { customer: "bert", count: MANY, noteLength: 100 });
    const exportId = await started(bounded.client, bert);
    const done = await finished(bounded.client, exportId, bert);
    expect(done).toMatchObject({ state: ExportState.FAILED, downloadPath: "", failure });
    expect(await refusal(downloaded(bounded.client, exportId, bert))).toBe("FAILED_PRECONDITION EXPORT_NOT_READY");
    const { rows } = await bounded.sql.query("SELECT count(*)::int AS left FROM export_chunks");
    expect(rows[0].left).toBe(0);
    await started(bounded.client, bert);
  },
);

test("an export whose process crashes is begun again by another instance and has every order once", async () => {
  const dying = await startOrdersProcess({
    ...world.environment(url),
    POLYWIRE_LOG_LEVEL: "info",
    POLYWIRE_EXPORT_LEASE_MS: "500",
  });
  // The instance of the other tests must not get it first.
  await orders[Symbol.asyncDispose]();
  const transport = createGrpcTransport({ address: String(dying.addresses.grpc) });
  const exportId = await started(createClient(OrderService, transport), bert);
  orders = await world.orders(url, { POLYWIRE_EXPORT_LEASE_MS: "500" });
  await underWay(exportId);
  await dying.crash();
  transport.close();
  expect(await rowOf(exportId)).toMatchObject({ state: ExportState.RUNNING });
  expect(await finished(orders.client, exportId, bert)).toMatchObject({ writtenOrders: BigInt(MANY) });
  const ids = idsIn(await downloaded(orders.client, exportId, bert));
  expect([ids.length, new Set(ids).size]).toEqual([MANY, MANY]);
  expect(await rowOf(exportId)).toMatchObject({ attempts: 2 });
  await forget();
});

test("an export whose statement takes longer than its lease is not begun by another instance", async () => {
  const database = await world.freshDatabase();
  await using first = await world.orders(database, { POLYWIRE_EXPORT_LEASE_MS: "300" });
  await using second = await world.orders(database, { POLYWIRE_EXPORT_LEASE_MS: "300" });
  await fillOrders(first.sql, { customer: "anna", count: 5 });
  await first.sql.query("BEGIN");
  await first.sql.query("LOCK TABLE orders");
  const exportId = await started(first.client, anna);
  const leases = new Set<string>();
  await vi.waitFor(
    async () => {
      const { rows } = await second.sql.query("SELECT attempts, lease_until::text FROM exports");
      if (rows[0].attempts > 0) leases.add(rows[0].lease_until);
      expect(leases.size).toBeGreaterThan(10);
    },
    { timeout: 30_000 },
  );
  await first.sql.query("COMMIT");
  expect(await finished(second.client, exportId, anna)).toMatchObject({ writtenOrders: 5n });
  const { rows } = await second.sql.query("SELECT attempts FROM exports");
  expect(rows).toEqual([{ attempts: 1 }]);
});

test("several instances write each export once", async () => {
  await using second = await world.orders(url);
  await using third = await world.orders(url);
  const clients = [orders.client, second.client, third.client];
  const ids = await Promise.all(clients.map((client) => started(client, anna)));
  for (const exportId of ids) {
    expect(await finished(orders.client, exportId, anna)).toMatchObject({ writtenOrders: 250n });
    expect(await rowOf(exportId)).toMatchObject({ attempts: 1 });
  }
  await forget();
});

test("a writer whose export was taken over stores nothing more", async () => {
  const exportId = await started(orders.client, bert);
  await underWay(exportId);
  await orders.sql.query(
    "UPDATE exports SET token = gen_random_uuid(), lease_until = 'infinity' WHERE export_id = $1",
    [exportId],
  );
  // The next export shows that the writer has let go of this one.
  const next = await started(orders.client, anna);
  await finished(orders.client, next, anna);
  expect(await rowOf(exportId)).toMatchObject({ state: ExportState.RUNNING, attempts: 1 });
  await orders.sql.query("UPDATE exports SET lease_until = clock_timestamp() WHERE export_id = $1", [exportId]);
  expect(await finished(orders.client, exportId, bert)).toMatchObject({ writtenOrders: BigInt(MANY) });
  expect(idsIn(await downloaded(orders.client, exportId, bert))).toHaveLength(MANY);
  await forget();
});

test("App.close gives an export that is being written back, without counting the attempt", async () => {
  const exportId = await started(orders.client, bert);
  await underWay(exportId);
  await orders.app.close();
  const left = await rowOf(exportId);
  await orders[Symbol.asyncDispose]();
  orders = await world.orders(url);
  expect(left).toMatchObject({ state: ExportState.RUNNING, attempts: 0, is_free: true });
  expect(await finished(orders.client, exportId, bert)).toMatchObject({ writtenOrders: BigInt(MANY) });
  await forget();
});

test("an export that ends every process that writes it fails for good", async () => {
  const exportId = crypto.randomUUID();
  await orders.sql.query(
    `INSERT INTO exports (export_id, customer_id, sees_all, filter, format, attempts) VALUES ($1, 'anna', false, '', 1, 3)`,
    [exportId],
  );
  expect(await finished(orders.client, exportId, anna)).toMatchObject({
    state: ExportState.FAILED,
    failure: { code: "INTERNAL", reason: "INTERNAL" },
  });
  await forget();
});
