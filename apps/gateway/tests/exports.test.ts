import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { create } from "@bufbuild/protobuf";
import {
  ExportFormat,
  ExportSchema,
  ExportState,
  OrderFilterSchema,
  type StartExportRequest,
} from "@polywire/contract/polywire/orders/v1/order_service";
import { rpcError } from "@polywire/rpc";
import { expect, test, vi } from "vitest";
import { aProblem, gatewayUnderTest, problemOf } from "./gateway-under-test.ts";

const EXPORT_ID = "0198c0de-7e57-4a11-8000-000000000002";
const PATH = `/v1/exports/${EXPORT_ID}`;

const common = { exportId: EXPORT_ID, format: ExportFormat.CSV, createTime: { seconds: 1_767_323_045n } };
const running = create(ExportSchema, {
  ...common,
  state: ExportState.RUNNING,
  pollAfter: { nanos: 1_500_000 },
});
const succeeded = create(ExportSchema, {
  ...common,
  state: ExportState.SUCCEEDED,
  writtenOrders: 3n,
  downloadPath: `${PATH}/content`,
});

test("POST /v1/exports + starts an export and says where and when to ask for it", async () => {
  const seen: StartExportRequest[] = [];
  const startExport = (request: StartExportRequest) => {
    seen.push(request);
    return { export: running };
  };
  await using gateway = await gatewayUnderTest({ orders: { startExport } });
  const body = { format: "EXPORT_FORMAT_CSV", filter: { createdFrom: "2026-01-01T00:00:00Z" } };
  const init = { method: "POST", body, headers: { "idempotency-key": '"k-1"' } };
  const response = await gateway.call("/v1/exports", init);
  expect(response.status).toBe(202);
  expect(response.headers.get("location")).toBe(PATH);
  expect(response.headers.get("retry-after")).toBe("1");
  expect(await response.json()).toMatchObject({ exportId: EXPORT_ID, state: "EXPORT_STATE_RUNNING", downloadPath: "" });
  const filter = create(OrderFilterSchema, { createdFrom: { seconds: 1_767_225_600n } });
  expect(seen[0]).toMatchObject({ idempotencyKey: "k-1", format: ExportFormat.CSV, filter });
});

test("POST /v1/exports + refuses an unknown field and a key in the body", async () => {
  await using gateway = await gatewayUnderTest();
  for (const body of [{ format: "EXPORT_FORMAT_CSV", idempotencyKey: "k" }, { fromat: 1 }]) {
    const response = await gateway.call("/v1/exports", { method: "POST", body });
    expect(await problemOf(response)).toMatchObject(aProblem(400, "INVALID_ARGUMENT", "VALIDATION_FAILED"));
  }
});

test("GET /v1/exports/{export_id} + tells where an export stands, and when to ask again only while it runs", async () => {
  let found = running;
  await using gateway = await gatewayUnderTest({ orders: { getExport: () => ({ export: found }) } });
  expect((await gateway.call(PATH)).headers.get("retry-after")).toBe("1");
  found = succeeded;
  const response = await gateway.call(PATH);
  expect([response.status, response.headers.get("retry-after")]).toEqual([200, null]);
  expect(await response.json()).toMatchObject({ writtenOrders: "3", downloadPath: `${PATH}/content` });
});

test("GET /v1/exports/{export_id}/content + streams what was written, in its format", async () => {
  async function* downloadExport() {
    yield { data: Buffer.from("a,b\r\n") };
    yield { data: Buffer.from("1,2\r\n") };
  }
  await using gateway = await gatewayUnderTest({
    orders: { getExport: () => ({ export: succeeded }), downloadExport },
  });
  const response = await gateway.call(`${PATH}/content`);
  expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8");
  expect(response.headers.get("content-disposition")).toBe('attachment; filename="orders.csv"');
  expect(await response.text()).toBe("a,b\r\n1,2\r\n");
});

test("GET /v1/exports/{export_id}/content + refuses with a problem what cannot be downloaded", async () => {
  // biome-ignore lint/correctness/useYield: it refuses before its first message.
  async function* downloadExport(): AsyncGenerator<{ data: Uint8Array }> {
    throw rpcError("EXPORT_NOT_READY", "not yet");
  }
  await using gateway = await gatewayUnderTest({ orders: { getExport: () => ({ export: running }), downloadExport } });
  const problem = await problemOf(await gateway.call(`${PATH}/content`));
  expect(problem).toMatchObject(aProblem(409, "FAILED_PRECONDITION", "EXPORT_NOT_READY"));
});

test("GET /v1/exports/{export_id}/content + cuts off a download that fails on the way", async () => {
  async function* downloadExport() {
    yield { data: Buffer.from("first") };
    throw rpcError("DRAINING", "shutting down");
  }
  await using gateway = await gatewayUnderTest({
    orders: { getExport: () => ({ export: succeeded }), downloadExport },
  });
  await expect((await gateway.call(`${PATH}/content`)).text()).rejects.toThrow();
});

test.each([
  { who: "leaves", timeoutMs: 60_000, code: "CANCELED" },
  { who: "does not read until the deadline", timeoutMs: 500, code: "DEADLINE_EXCEEDED" },
])(
  "GET /v1/exports/{export_id}/content + takes no more than its client reads, and ends as $code when it $who",
  async ({ who, timeoutMs, code }) => {
    const ended = Promise.withResolvers<void>();
    let sent = 0;
    async function* downloadExport() {
      try {
        for (; sent < 1000; sent += 1) yield { data: new Uint8Array(256 * 1024) };
      } finally {
        ended.resolve();
      }
    }
    await using gateway = await gatewayUnderTest({
      orders: { getExport: () => ({ export: succeeded }), downloadExport },
    });
    const authorization = `Bearer ${await gateway.issuer.issue({ subject: "alice" })}`;
    const headers = { authorization, "request-timeout-ms": String(timeoutMs) };
    const outgoing = httpRequest(`${gateway.url}${PATH}/content`, { headers }).end();
    const [incoming] = await once(outgoing, "response");
    incoming.pause();
    incoming.on("error", () => undefined);
    if (who === "leaves") incoming.destroy();
    await ended.promise;
    expect(sent).toBeLessThan(1000);
    await vi.waitFor(async () => {
      const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
      expect(metrics).toContain(
        `polywire_calls_seconds_count{method="GET /v1/exports/:export_id/content",code="${code}"} 1`,
      );
    }, 5000);
    incoming.destroy();
  },
);
