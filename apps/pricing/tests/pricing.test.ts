import { Code, type ConnectError, createClient } from "@connectrpc/connect";
import { PricingService } from "@polywire/contract/polywire/pricing/v1/pricing_service";
import { errorDetails } from "@polywire/rpc";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningPricing, startPricing } from "./running-pricing.ts";

let pricing: RunningPricing;

beforeAll(async () => {
  pricing = await startPricing();
});
afterAll(async () => {
  await pricing[Symbol.asyncDispose]();
});

async function failure(call: Promise<unknown>): Promise<{ code: string | undefined; reason: string | undefined }> {
  const error = await call.then(
    () => undefined,
    (thrown: ConnectError) => thrown,
  );
  return { code: error && Code[error.code], reason: error && errorDetails(error).reason };
}

test("QuoteOrder prices each line and the total exactly, with the quantity discount", async () => {
  const before = Date.now();
  const quote = await pricing.client.quoteOrder({
    currencyCode: "EUR",
    lines: [
      { sku: "SKU-00002", quantity: 1 },
      { sku: "SKU-00001", quantity: 10 },
    ],
  });
  // Ten pieces are 5 % cheaper: 113 990.5, and halves are rounded up.
  expect(
    quote.lines.map(({ sku, unitPrice, lineTotal }) => [sku, unitPrice?.minorUnits, lineTotal?.minorUnits]),
  ).toEqual([
    ["SKU-00002", 3899n, 3899n],
    ["SKU-00001", 11_999n, 113_991n],
  ]);
  expect(quote.total).toMatchObject({ minorUnits: 117_890n, currencyCode: "EUR" });
  expect(Number(quote.expireTime?.seconds)).toBeGreaterThanOrEqual(Math.floor(before / 1000) + 15 * 60);
});

test("QuoteOrder prices in dollars what has a price in dollars", async () => {
  const quote = await pricing.client.quoteOrder({ currencyCode: "USD", lines: [{ sku: "SKU-00001", quantity: 1 }] });
  expect(quote.total).toMatchObject({ minorUnits: 12_958n, currencyCode: "USD" });
});

test("QuoteOrder is FAILED_PRECONDITION for a SKU without a price in the currency", async () => {
  const lines = [{ sku: "SKU-00010", quantity: 1 }];
  const expected = { code: "FailedPrecondition", reason: "NO_PRICE_IN_CURRENCY" };
  expect(await failure(pricing.client.quoteOrder({ currencyCode: "USD", lines }))).toEqual(expected);
  expect(await failure(pricing.client.quoteOrder({ currencyCode: "XTS", lines }))).toEqual(expected);
});

test("QuoteOrder is NOT_FOUND for an unknown SKU, and FAILED_PRECONDITION for one that is out of stock", async () => {
  const quote = (sku: string) => pricing.client.quoteOrder({ currencyCode: "EUR", lines: [{ sku, quantity: 1 }] });
  expect(await failure(quote("NOPE"))).toEqual({ code: "NotFound", reason: "UNKNOWN_SKU" });
  expect(await failure(quote("SKU-00194"))).toEqual({ code: "FailedPrecondition", reason: "OUT_OF_STOCK" });
});

test("QuoteOrder refuses invalid requests, a SKU that appears twice, and callers without a token", async () => {
  const line = { sku: "SKU-00001", quantity: 1 };
  const invalid = { code: "InvalidArgument", reason: "VALIDATION_FAILED" };
  const { client } = pricing;
  expect(await failure(client.quoteOrder({ currencyCode: "EUR", lines: [line, line] }))).toEqual(invalid);
  expect(await failure(client.quoteOrder({ currencyCode: "euro", lines: [line] }))).toEqual(invalid);
  expect(await failure(client.quoteOrder({ currencyCode: "EUR", lines: [] }))).toEqual(invalid);
  const anonymous = createClient(PricingService, pricing.anonymous);
  const call = anonymous.quoteOrder({ currencyCode: "EUR", lines: [line] });
  expect(await failure(call)).toEqual({ code: "Unauthenticated", reason: "TOKEN_MISSING" });
});

test("QuoteOrder carries its caller's deadline to the SQL statement of inventory, a hop away", async () => {
  const waiting = async (): Promise<number> => {
    const { rows } = await sql<{ waiting: bigint }>`
      select count(*) as waiting from pg_stat_activity
      where usename = 'inventory' and wait_event_type = 'Lock'`.execute(pricing.admin.db);
    return Number(rows[0]?.waiting);
  };
  await pricing.admin.db.transaction().execute(async (transaction) => {
    await sql`lock table inventory.stock in access exclusive mode`.execute(transaction);
    const lines = [{ sku: "SKU-00001", quantity: 1 }];
    const call = failure(pricing.client.quoteOrder({ currencyCode: "EUR", lines }, { timeoutMs: 500 }));
    await expect.poll(waiting, { interval: 5, timeout: 5000 }).toBe(1);
    expect((await call).code).toBe("DeadlineExceeded");
    await expect.poll(waiting, { interval: 5 }).toBe(0);
  });
});

test("QuoteOrder is UNAVAILABLE, without internal text, when inventory cannot be reached", async () => {
  await pricing.stopInventory();
  const lines = [{ sku: "SKU-00001", quantity: 1 }];
  const call = pricing.client.quoteOrder({ currencyCode: "EUR", lines }, { timeoutMs: 5000 });
  const error = await call.then(
    () => undefined,
    (thrown: ConnectError) => thrown,
  );
  expect(error?.code).toBe(Code.Unavailable);
  expect(error?.rawMessage).not.toMatch(/127\.0\.0\.1|ECONN/);
  expect((await fetch(`http://${pricing.addresses.http}/readyz`)).status).toBe(200);
});
