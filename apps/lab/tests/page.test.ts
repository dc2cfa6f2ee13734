import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openChromium } from "./support/chromium.ts";
import { sharedSystem } from "./support/shared-system.ts";

const stack = new AsyncDisposableStack();
let page: Page;
const problems: string[] = [];

beforeAll(async () => {
  const { context } = stack.use(await openChromium());
  page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(String(error)));
  await page.goto(sharedSystem().frontDoor);
});

afterAll(() => stack.disposeAsync());

test("page lists every service that is running", async () => {
  const rows = page.getByTestId("service");
  await rows.first().waitFor();
  const names = await rows.locator("th").allTextContents();
  expect(names).toEqual(["inventory-1", "pricing-1", "orders-1", "gateway-1", "realtime-1", "realtime-2"]);
});

test("page places an order over gRPC-Web and reads it again", async () => {
  await page.getByTestId("watch-state").getByText("live").waitFor();
  const [call] = await Promise.all([
    page.waitForRequest((request) => request.url().endsWith("/polywire.orders.v1.OrderService/CreateOrder")),
    page.getByRole("button", { name: "Place an order" }).click(),
  ]);
  expect(call.headers()["content-type"]).toBe("application/grpc-web+proto");
  const orderId = await page.getByTestId("order-id").textContent();
  expect(orderId).toMatch(/^[0-9a-f-]{36}$/);

  await page.getByTestId("event").filter({ hasText: "confirmed" }).first().waitFor();
  await page.getByRole("button", { name: "Read it again" }).click();
  await page.getByTestId("order-status").getByText("confirmed").waitFor();
  expect(await page.getByTestId("order-id").textContent()).toBe(orderId);
});

test("page shows the order's events as the WebSocket brings them", async () => {
  const orderId = (await page.getByTestId("order-id").textContent()) ?? "";
  const own = page.getByTestId("event").filter({ hasText: orderId.slice(-12) });
  expect(await own.filter({ hasText: "created" }).count()).toBe(1);
  expect(await own.filter({ hasText: "status changed" }).count()).toBe(1);
});

test("page has nothing to complain about in the console", () => {
  expect(problems).toEqual([]);
});
