import { create } from "@bufbuild/protobuf";
import type { Order } from "@polywire/contract/polywire/orders/v1/order";
import { OrderStatus } from "@polywire/contract/polywire/orders/v1/order";
import type {
  CancelOrderRequest,
  CreateOrderRequest,
  ListOrdersRequest,
  UpdateOrderRequest,
} from "@polywire/contract/polywire/orders/v1/order_service";
import { ListOrdersResponseSchema } from "@polywire/contract/polywire/orders/v1/order_service";
import { rpcError } from "@polywire/rpc";
import { requireCall } from "@polywire/rpc/node";
import { expect, test } from "vitest";
import { aProblem, gatewayUnderTest, ORDER_ID, problemOf, storedOrder } from "./gateway-under-test.ts";

const NEW_ORDER = { lines: [{ sku: "SKU-00042", quantity: 2 }] };
const ORDER_JSON = {
  orderId: ORDER_ID,
  customerId: "alice",
  status: "ORDER_STATUS_PENDING",
  lines: [
    {
      sku: "SKU-00042",
      quantity: 2,
      unitPrice: { minorUnits: "1250", currencyCode: "EUR" },
      lineTotal: { minorUnits: "2500", currencyCode: "EUR" },
    },
  ],
  total: { minorUnits: "9007199254740993", currencyCode: "EUR" },
  note: "",
  version: "1",
  createTime: "2026-01-02T03:04:05.678901Z",
  updateTime: "2026-01-02T03:04:05.678901Z",
  cancelReason: "",
};

test("POST /v1/orders + places the order and answers it with its place and version", async () => {
  const seen: CreateOrderRequest[] = [];
  await using gateway = await gatewayUnderTest({
    orders: {
      createOrder: (request) => {
        seen.push(request);
        return { order: storedOrder() };
      },
    },
  });
  const response = await gateway.call("/v1/orders", {
    method: "POST",
    headers: { "idempotency-key": "k-1" },
    body: { ...NEW_ORDER, note: "ring twice", shippingAddress: null },
  });
  expect(response.status).toBe(201);
  expect(await response.json()).toEqual(ORDER_JSON);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": expect.stringContaining("application/json"),
    "cache-control": "private, no-cache",
    location: `/v1/orders/${ORDER_ID}`,
    etag: '"1"',
  });
  expect(response.headers.has("x-powered-by")).toBe(false);
  expect(seen).toMatchObject([{ lines: NEW_ORDER.lines, note: "ring twice", idempotencyKey: "k-1" }]);
});

test("every call + orders gets the caller's token, request id, trace and what is left of the deadline", async () => {
  const calls: object[] = [];
  await using gateway = await gatewayUnderTest({
    orders: {
      getOrder: () => {
        const { principal, requestId, traceparent, deadlineMs = 0 } = requireCall();
        calls.push({ subject: principal?.subject, requestId, traceparent, leftMs: deadlineMs - Date.now() });
        return { order: storedOrder() };
      },
    },
  });
  const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const headers = { "x-request-id": "req-7", traceparent, "request-timeout-ms": "4000" };
  const response = await gateway.call(`/v1/orders/${ORDER_ID}`, { headers });
  expect(response.headers.get("x-request-id")).toBe("req-7");
  await gateway.call(`/v1/orders/${ORDER_ID}`, { headers: { "request-timeout-ms": "999999" } });
  expect(calls[0]).toMatchObject({ subject: "alice", requestId: "req-7", traceparent });
  const [short, capped] = calls as { leftMs: number }[];
  expect(short?.leftMs).toBeGreaterThan(2000);
  expect(short?.leftMs).toBeLessThanOrEqual(3990);
  expect(capped?.leftMs).toBeLessThanOrEqual(9990);
});

test("x-request-id + is made when the caller sends none or nonsense, and repeated in the problem", async () => {
  await using gateway = await gatewayUnderTest();
  for (const headers of [{}, { "x-request-id": "has spaces" }, { "x-request-id": "x".repeat(129) }]) {
    const response = await gateway.call("/nowhere", { headers });
    const requestId = response.headers.get("x-request-id");
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(await response.json()).toMatchObject({ requestId, instance: `urn:polywire:request:${requestId}` });
  }
});

test("GET /v1/orders/{order_id} + answers the order, 304 to who has it, 404 without", async () => {
  await using gateway = await gatewayUnderTest({
    orders: {
      getOrder: ({ orderId }) => {
        if (orderId !== ORDER_ID) throw rpcError("ORDER_NOT_FOUND", "there is no such order");
        return { order: storedOrder({ version: 7n }) };
      },
    },
  });
  const response = await gateway.call(`/v1/orders/${ORDER_ID}`);
  expect([response.status, response.headers.get("etag")]).toEqual([200, '"7"']);
  expect(await response.json()).toEqual({ ...ORDER_JSON, version: "7" });

  const again = await gateway.call(`/v1/orders/${ORDER_ID}`, { headers: { "if-none-match": '"7"' } });
  expect([again.status, await again.text()]).toEqual([304, ""]);
  const stale = await gateway.call(`/v1/orders/${ORDER_ID}`, { headers: { "if-none-match": '"6"' } });
  expect(stale.status).toBe(200);

  const missing = await gateway.call(`/v1/orders/${ORDER_ID.replace("1", "2")}`);
  expect(await problemOf(missing)).toMatchObject(aProblem(404, "NOT_FOUND", "ORDER_NOT_FOUND"));
  const invalid = await gateway.call("/v1/orders/7");
  expect(await problemOf(invalid)).toMatchObject({
    ...aProblem(400, "INVALID_ARGUMENT", "VALIDATION_FAILED"),
    fields: ["order_id string.uuid"],
  });
});

test("GET /v1/orders + reads its parameters and answers a page", async () => {
  const seen: ListOrdersRequest[] = [];
  await using gateway = await gatewayUnderTest({
    orders: {
      listOrders: (request) => {
        seen.push(request);
        return create(ListOrdersResponseSchema, { orders: [storedOrder()], nextPageToken: "t2" });
      },
    },
  });
  const query = "page_size=20&page_token=a%2Fb%3D&status=ORDER_STATUS_PENDING&status=ORDER_STATUS_SHIPPED";
  const response = await gateway.call(`/v1/orders?${query}`);
  expect(await response.json()).toEqual({ orders: [ORDER_JSON], nextPageToken: "t2" });
  await gateway.call("/v1/orders");
  expect(seen).toMatchObject([
    { pageSize: 20, pageToken: "a/b=", statuses: [OrderStatus.PENDING, OrderStatus.SHIPPED] },
    { pageSize: 0, pageToken: "", statuses: [] },
  ]);
});

test("GET /v1/orders + an empty page keeps its shape", async () => {
  await using gateway = await gatewayUnderTest({ orders: { listOrders: () => ({}) } });
  expect(await (await gateway.call("/v1/orders")).json()).toEqual({ orders: [], nextPageToken: "" });
});

test("PATCH /v1/orders/{order_id} + changes the fields named, under the version expected", async () => {
  const seen: UpdateOrderRequest[] = [];
  await using gateway = await gatewayUnderTest({
    orders: {
      updateOrder: (request) => {
        seen.push(request);
        return { order: storedOrder({ version: 4n }) };
      },
    },
  });
  const patch = (body: object, headers: Record<string, string> = {}) =>
    gateway.call(`/v1/orders/${ORDER_ID}`, { method: "PATCH", body, headers });
  const response = await patch({ note: "late" }, { "if-match": '"3"' });
  expect([response.status, response.headers.get("etag")]).toEqual([200, '"4"']);
  await patch({ note: null, shipping_address: null }, { "if-match": "*" });
  await patch({ note: "late", version: "3" });
  await patch({ note: "late", version: "3" }, { "if-match": '"3"' });
  const expected = (note: string, version: bigint, paths: string[]) => ({
    order: { orderId: ORDER_ID, note, version },
    updateMask: { paths },
  });
  expect(seen).toMatchObject([
    expected("late", 3n, ["note"]),
    expected("", 0n, ["note", "shipping_address"]),
    expected("late", 3n, ["note"]),
    expected("late", 3n, ["note"]),
  ]);

  expect(await problemOf(await patch({ note: "a", version: "2" }, { "if-match": '"3"' }))).toMatchObject({
    fields: ["version if_match.same"],
  });
  expect(await problemOf(await patch({ version: "2" }))).toMatchObject({ fields: ["update_mask update_mask.paths"] });
  expect(await problemOf(await patch({ status: "ORDER_STATUS_SHIPPED" }))).toMatchObject({
    fields: ["status unknown_field"],
  });
});

test("POST /v1/orders/{order_id}/cancel + cancels, with and without a body", async () => {
  const seen: CancelOrderRequest[] = [];
  await using gateway = await gatewayUnderTest({
    orders: {
      cancelOrder: (request) => {
        seen.push(request);
        return { order: storedOrder({ status: OrderStatus.CANCELLED, cancelReason: request.reason, version: 2n }) };
      },
    },
  });
  const cancel = (init: object) => gateway.call(`/v1/orders/${ORDER_ID}/cancel`, { method: "POST", ...init });
  const response = await cancel({ body: { reason: "twice" }, headers: { "if-match": '"1"' } });
  const order = (await response.json()) as Record<string, unknown>;
  expect([order.status, order.cancelReason]).toEqual(["ORDER_STATUS_CANCELLED", "twice"]);
  await cancel({});
  await cancel({ headers: { "content-type": "application/json" } });
  expect(seen).toMatchObject([
    { orderId: ORDER_ID, version: 1n, reason: "twice" },
    { orderId: ORDER_ID, version: 0n, reason: "" },
    { orderId: ORDER_ID, version: 0n, reason: "" },
  ]);
});

test("stale version + is 412 with If-Match and 409 with the version in the body", async () => {
  const refuse = (): { order: Order } => {
    throw rpcError("VERSION_MISMATCH", "the order has version 2");
  };
  await using gateway = await gatewayUnderTest({ orders: { updateOrder: refuse, cancelOrder: refuse } });
  for (const [method, path, body] of [
    ["PATCH", `/v1/orders/${ORDER_ID}`, { note: "a" }],
    ["POST", `/v1/orders/${ORDER_ID}/cancel`, {}],
  ] as const) {
    const conditional = await gateway.call(path, { method, body, headers: { "if-match": '"1"' } });
    expect(await problemOf(conditional)).toMatchObject(aProblem(412, "ABORTED", "VERSION_MISMATCH"));
    const inBody = await gateway.call(path, { method, body: { ...body, version: "1" } });
    expect(await problemOf(inBody)).toMatchObject(aProblem(409, "ABORTED", "VERSION_MISMATCH"));
    const foreign = await gateway.call(path, { method, body, headers: { "if-match": 'W/"1"' } });
    expect(await problemOf(foreign)).toMatchObject(aProblem(412, "ABORTED", "VERSION_MISMATCH"));
  }
});
