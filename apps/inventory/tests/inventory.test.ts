import { Code, type ConnectError, createClient } from "@connectrpc/connect";
import { Health } from "@polywire/contract/grpc/health/v1/health";
import { InventoryService, ReservationState } from "@polywire/contract/polywire/inventory/v1/inventory_service";
import { errorDetails } from "@polywire/rpc";
import { afterAll, beforeAll, expect, test } from "vitest";
import { demandWeight } from "../src/schema/seed.ts";
import { type RunningInventory, startInventory } from "./running-inventory.ts";

let inventory: RunningInventory;

beforeAll(async () => {
  inventory = await startInventory();
});
afterAll(async () => {
  await inventory[Symbol.asyncDispose]();
});

async function failure(call: Promise<unknown>): Promise<{ code: string | undefined; reason: string | undefined }> {
  const error = await call.then(
    () => undefined,
    (thrown: ConnectError) => thrown,
  );
  return { code: error && Code[error.code], reason: error && errorDetails(error).reason };
}

async function stockOf(sku: string): Promise<{ onHand: number; reserved: number; available: number }> {
  const { stock } = await inventory.client.batchGetStock({ skus: [sku] });
  const [found] = stock;
  return {
    onHand: found?.onHandQuantity ?? Number.NaN,
    reserved: found?.reservedQuantity ?? Number.NaN,
    available: found?.availableQuantity ?? Number.NaN,
  };
}

test("BatchGetStock answers in the order asked for and lists the unknown", async () => {
  const answer = await inventory.client.batchGetStock({ skus: ["SKU-04000", "NOPE-2", "SKU-00001", "NOPE-1"] });
  expect(answer.stock.map(({ sku }) => sku)).toEqual(["SKU-04000", "SKU-00001"]);
  expect(answer.missingSkus).toEqual(["NOPE-2", "NOPE-1"]);
});

test("CheckAvailability answers each line in order: enough, not enough, unknown", async () => {
  const { lines } = await inventory.client.checkAvailability({
    lines: [
      { sku: "SKU-00194", quantity: 1 },
      { sku: "NOPE", quantity: 1 },
      { sku: "SKU-00097", quantity: 1000 },
    ],
  });
  expect(lines.map(({ sku, known, sufficient }) => ({ sku, known, sufficient }))).toEqual([
    { sku: "SKU-00194", known: true, sufficient: false },
    { sku: "NOPE", known: false, sufficient: false },
    { sku: "SKU-00097", known: true, sufficient: true },
  ]);
});

test("demandWeight is what the catalogue's 4,000 SKUs are weighted by; the first hundred get 58 %", async () => {
  const rows = await inventory.database.db
    .selectFrom("stock")
    .select(["sku", "demand_weight"])
    .where("sku", "like", "SKU-%")
    .orderBy("sku")
    .execute();
  expect(rows).toHaveLength(4000);
  expect(rows.map((row) => row.demand_weight)).toEqual(rows.map((_, index) => demandWeight(index + 1)));
  const sum = (weights: number[]): number => weights.reduce((total, weight) => total + weight, 0);
  const weights = rows.map((row) => row.demand_weight);
  expect(Math.floor((100 * sum(weights.slice(0, 100))) / sum(weights))).toBe(58);
});

test("Reserve holds the pieces until the reservation is confirmed, and confirming twice answers the same", async () => {
  const sku = await inventory.addSku(10);
  const key = "confirm-twice";
  const { reservation } = await inventory.client.reserve({ reservationKey: key, lines: [{ sku, quantity: 4 }] });
  expect(reservation?.state).toBe(ReservationState.HELD);
  expect(await stockOf(sku)).toEqual({ onHand: 10, reserved: 4, available: 6 });
  const confirmed = await inventory.client.confirmReservation({ reservationKey: key });
  expect(confirmed.reservation?.state).toBe(ReservationState.CONFIRMED);
  expect(await inventory.client.confirmReservation({ reservationKey: key })).toEqual(confirmed);
  expect(await stockOf(sku)).toEqual({ onHand: 6, reserved: 0, available: 6 });
});

test("Reserve repeated with the same key and lines, in any order, answers the same reservation once", async () => {
  const [first, second] = [await inventory.addSku(10), await inventory.addSku(10)];
  const lines = [
    { sku: first, quantity: 1 },
    { sku: second, quantity: 2 },
  ];
  const answer = await inventory.client.reserve({ reservationKey: "repeat", lines });
  expect(await inventory.client.reserve({ reservationKey: "repeat", lines: lines.toReversed() })).toEqual(answer);
  expect((await stockOf(first)).reserved).toBe(1);
  expect((await stockOf(second)).reserved).toBe(2);
});

test("Reserve refuses a key that was used with other lines", async () => {
  const sku = await inventory.addSku(10);
  await inventory.client.reserve({ reservationKey: "reused", lines: [{ sku, quantity: 1 }] });
  const other = inventory.client.reserve({ reservationKey: "reused", lines: [{ sku, quantity: 2 }] });
  expect(await failure(other)).toEqual({ code: "AlreadyExists", reason: "RESERVATION_KEY_REUSED" });
});

test("Reserve holds all lines or none, and a refused key can be used again", async () => {
  const [plenty, scarce] = [await inventory.addSku(10), await inventory.addSku(1)];
  const lines = [
    { sku: plenty, quantity: 5 },
    { sku: scarce, quantity: 2 },
  ];
  const short = inventory.client.reserve({ reservationKey: "all-or-none", lines });
  expect(await failure(short)).toEqual({ code: "FailedPrecondition", reason: "OUT_OF_STOCK" });
  const unknown = inventory.client.reserve({
    reservationKey: "all-or-none",
    lines: [...lines.slice(0, 1), { sku: "NOPE", quantity: 1 }],
  });
  expect(await failure(unknown)).toEqual({ code: "NotFound", reason: "UNKNOWN_SKU" });
  expect((await stockOf(plenty)).reserved).toBe(0);
  await inventory.client.reserve({ reservationKey: "all-or-none", lines: lines.slice(0, 1) });
  expect((await stockOf(plenty)).reserved).toBe(5);
});

test("ReleaseReservation gives held and confirmed pieces back, and releasing again answers the same", async () => {
  const sku = await inventory.addSku(10);
  await inventory.client.reserve({ reservationKey: "release-held", lines: [{ sku, quantity: 3 }] });
  await inventory.client.reserve({ reservationKey: "release-confirmed", lines: [{ sku, quantity: 4 }] });
  await inventory.client.confirmReservation({ reservationKey: "release-confirmed" });
  for (const reservationKey of ["release-held", "release-confirmed"]) {
    const released = await inventory.client.releaseReservation({ reservationKey });
    expect(released.reservation?.state).toBe(ReservationState.RELEASED);
    expect(await inventory.client.releaseReservation({ reservationKey })).toEqual(released);
  }
  expect(await stockOf(sku)).toEqual({ onHand: 10, reserved: 0, available: 10 });
  const confirm = inventory.client.confirmReservation({ reservationKey: "release-held" });
  expect(await failure(confirm)).toEqual({ code: "FailedPrecondition", reason: "RESERVATION_RELEASED" });
});

test("ReleaseReservation of a key never reserved succeeds, and a later Reserve with it is refused", async () => {
  const sku = await inventory.addSku(10);
  const { reservation } = await inventory.client.releaseReservation({ reservationKey: "never-reserved" });
  expect(reservation).toMatchObject({ state: ReservationState.RELEASED, lines: [] });
  const late = inventory.client.reserve({ reservationKey: "never-reserved", lines: [{ sku, quantity: 1 }] });
  expect(await failure(late)).toEqual({ code: "FailedPrecondition", reason: "RESERVATION_RELEASED" });
  expect((await stockOf(sku)).reserved).toBe(0);
});

test("ConfirmReservation of an unknown key is NOT_FOUND", async () => {
  const unknown = inventory.client.confirmReservation({ reservationKey: "unknown" });
  expect(await failure(unknown)).toEqual({ code: "NotFound", reason: "RESERVATION_NOT_FOUND" });
});

test("InventoryService refuses invalid requests, a SKU that appears twice, and callers without a token", async () => {
  const twice = { sku: "SKU-00001", quantity: 1 };
  const repeated = inventory.client.checkAvailability({ lines: [twice, twice] });
  expect(await failure(repeated)).toEqual({ code: "InvalidArgument", reason: "VALIDATION_FAILED" });
  const none = inventory.client.reserve({ reservationKey: "", lines: [] });
  expect(await failure(none)).toEqual({ code: "InvalidArgument", reason: "VALIDATION_FAILED" });
  const anonymous = createClient(InventoryService, inventory.anonymous).batchGetStock({ skus: ["SKU-00001"] });
  expect(await failure(anonymous)).toEqual({ code: "Unauthenticated", reason: "TOKEN_MISSING" });
});

test("start serves health without a token, and the operations endpoints", async () => {
  const health = createClient(Health, inventory.anonymous);
  const service = InventoryService.typeName;
  expect((await health.check({ service })).status).toBe(1);
  const get = async (path: string): Promise<Response> => await fetch(`http://${inventory.addresses.http}${path}`);
  expect((await get("/livez")).status).toBe(200);
  expect(await (await get("/readyz")).json()).toEqual({ ready: true, checks: { database: "ok" } });
  await inventory.client.batchGetStock({ skus: ["SKU-00001"] });
  expect(await (await get("/metrics")).text()).toContain(
    'polywire_calls_seconds_count{method="polywire.inventory.v1.InventoryService/BatchGetStock",code="OK"}',
  );
  expect((await get("/nothing")).status).toBe(404);
});
