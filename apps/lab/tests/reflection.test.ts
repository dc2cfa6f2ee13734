import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findGrpcurl, partOptionsFromEnvironment } from "@polywire/system";
import { beforeAll, expect, test } from "vitest";
import { sharedSystem } from "./support/shared-system.ts";

const BUF = fileURLToPath(import.meta.resolve("@bufbuild/buf/bin/buf"));
const TIMEOUT_MS = 30_000;
const OWN = [
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
];
const lines = [{ sku: "SKU-00001", quantity: 1 }];

let program = "";
let authorization = "";

// Building it takes some minutes on a new machine.
beforeAll(async () => {
  const found = await findGrpcurl(partOptionsFromEnvironment(process.env));
  if (!found.found || found.path === undefined) throw new Error(`there is no grpcurl: ${JSON.stringify(found)}`);
  program = found.path;
  authorization = `authorization: Bearer ${await sharedSystem().issueToken("curl", ["orders:fulfil", "events:read"])}`;
}, 300_000);

function addressOf(service: string): string {
  const found = sharedSystem().run.services.find(({ name }) => name === service)?.grpc;
  if (found === undefined || found === null) throw new Error(`there is no ${service}`);
  return found;
}

/** What grpcurl prints. It has no proto files: what it knows of a server, the server told it. */
async function grpcurl(...args: string[]): Promise<string> {
  const options = { cwd: "/", timeout: TIMEOUT_MS };
  return (await promisify(execFile)(program, ["-plaintext", ...args], options)).stdout.trim();
}

/** grpcurl on one server. `called` are the methods that it has called. */
function callerOf(address: string) {
  const called = new Set<string>();
  const argsOf = (method: string, data: object[]): string[] => {
    called.add(method);
    return ["-H", authorization, "-d", data.map((each) => JSON.stringify(each)).join("\n"), address, method];
  };
  return {
    called,
    /** The answer, of a stream the last one. */
    async call<Answer = unknown>(method: string, ...data: object[]): Promise<Answer> {
      const answers = await grpcurl("-format", "json", ...argsOf(method, data));
      return JSON.parse(answers.slice(Math.max(0, answers.lastIndexOf("\n{"))));
    },
    /** Starts a stream that does not end by itself, and leaves it when it has said something. */
    async start(method: string, ...data: object[]): Promise<void> {
      const child = spawn(program, ["-plaintext", ...argsOf(method, data)], { cwd: "/" });
      const exited = once(child, "exit");
      const [first] = await Promise.race([once(createInterface({ input: child.stdout }), "line"), exited]);
      child.kill();
      await exited;
      expect(first).toBe("{");
    },
    /** Every method of the server but those of reflection itself, by `list` and `describe`. */
    async methods(): Promise<string[]> {
      const services = (await grpcurl(address, "list")).split("\n");
      expect(services).toEqual(expect.arrayContaining(OWN));
      const listed: string[] = [];
      for (const service of services) {
        expect(await grpcurl(address, "describe", service)).toContain(`${service} is a service:`);
        if (service.startsWith("grpc.reflection.")) continue;
        listed.push(...(await grpcurl(address, "list", service)).split("\n"));
      }
      return listed.map((method) => method.replace(/\.(\w+)$/, "/$1")).sort();
    },
    async health(): Promise<void> {
      expect(await this.call("grpc.health.v1.Health/Check", {})).toEqual({ status: "SERVING" });
      expect(await this.call("grpc.health.v1.Health/List", {})).toMatchObject({
        statuses: { "": { status: "SERVING" } },
      });
      await this.start("grpc.health.v1.Health/Watch", {});
    },
  };
}

test("grpcurl lists, describes and calls every method of orders by reflection", async () => {
  const orders = callerOf(addressOf("orders"));
  const rpc = (name: string) => `polywire.orders.v1.OrderService/${name}`;
  const placed = await orders.call<{ order: { orderId: string } }>(rpc("CreateOrder"), { lines });
  const { orderId } = placed.order;
  expect(await orders.call(rpc("GetOrder"), { orderId })).toMatchObject({ order: { customerId: "curl" } });
  expect(await orders.call(rpc("BatchGetOrders"), { orderIds: [orderId] })).toMatchObject({ orders: [{ orderId }] });
  expect(await orders.call(rpc("ListOrders"), { pageSize: 1 })).toMatchObject({ orders: [{}] });
  // grpcurl writes masks as any other message.
  const change = { order: { orderId, note: "by curl" }, updateMask: { paths: ["note"] } };
  expect(await orders.call(rpc("UpdateOrder"), change)).toMatchObject({ order: { note: "by curl" } });
  const imported = { lineNumber: "1", order: { lines } };
  expect(await orders.call(rpc("ImportOrders"), imported, imported)).toMatchObject({ storedOrders: "2" });
  const hello = { commandId: 1, hello: { stationId: "curl", capacity: 1 } };
  await orders.start(rpc("FulfilOrders"), hello);
  await orders.start(rpc("WatchOrders"), {});
  await orders.start(rpc("ExportOrders"), {});
  expect(await orders.call(rpc("CancelOrder"), { orderId })).toMatchObject({
    order: { status: "ORDER_STATUS_CANCELLED" },
  });
  expect(await orders.call(rpc("ListOrderEvents"), { orderId })).toMatchObject({ events: expect.any(Array) });
  expect(await orders.call(rpc("DeleteOrder"), { orderId })).toEqual({});
  const started = await orders.call<{ export: { exportId: string } }>(rpc("StartExport"), { format: 2 });
  const { exportId } = started.export;
  await expect
    .poll(() => orders.call(rpc("GetExport"), { exportId }), { timeout: TIMEOUT_MS })
    .toMatchObject({ export: { state: "EXPORT_STATE_SUCCEEDED" } });
  await orders.start(rpc("DownloadExport"), { exportId });
  await orders.call("polywire.events.v1.EventLogService/GetLogBounds", {});
  await orders.start("polywire.events.v1.EventLogService/ReadLog", {});
  await orders.health();
  expect([...orders.called].sort()).toEqual(await orders.methods());
});

test("grpcurl lists, describes and calls every method of pricing and inventory by reflection", async () => {
  const pricing = callerOf(addressOf("pricing"));
  const quote = { lines, currencyCode: "EUR" };
  expect(await pricing.call("polywire.pricing.v1.PricingService/QuoteOrder", quote)).toMatchObject({ total: {} });
  await pricing.health();
  expect([...pricing.called].sort()).toEqual(await pricing.methods());

  const inventory = callerOf(addressOf("inventory"));
  const rpc = (name: string) => `polywire.inventory.v1.InventoryService/${name}`;
  expect(await inventory.call(rpc("CheckAvailability"), { lines })).toMatchObject({ lines: [{}] });
  expect(await inventory.call(rpc("BatchGetStock"), { skus: ["SKU-00001"] })).toMatchObject({ stock: [{}] });
  const [kept, released] = [`curl-${crypto.randomUUID()}`, `curl-${crypto.randomUUID()}`];
  for (const reservationKey of [kept, released]) {
    await inventory.call(rpc("Reserve"), { reservationKey, lines, ttl: "60s" });
  }
  await inventory.call(rpc("ConfirmReservation"), { reservationKey: kept });
  await inventory.call(rpc("ReleaseReservation"), { reservationKey: released });
  await inventory.health();
  expect([...inventory.called].sort()).toEqual(await inventory.methods());
});

test.each(["grpc-v1", "grpc-v1alpha"])("buf curl lists and calls by reflection %s", async (protocol) => {
  const bufCurl = async (...args: string[]): Promise<string> => {
    const how = ["--http2-prior-knowledge", "--protocol", "grpc", "--reflect-protocol", protocol];
    const options = { cwd: "/", timeout: TIMEOUT_MS };
    return (await promisify(execFile)(process.execPath, [BUF, "curl", ...how, ...args], options)).stdout.trim();
  };
  const url = `http://${addressOf("orders")}`;
  const services = (await bufCurl("--list-services", url)).split("\n");
  expect(services).toEqual([...OWN, "polywire.events.v1.EventLogService", "polywire.orders.v1.OrderService"]);
  const call = ["--header", authorization, "--data", '{"pageSize":1}'];
  const answer = await bufCurl(...call, `${url}/polywire.orders.v1.OrderService/ListOrders`);
  expect(JSON.parse(answer)).toMatchObject({ orders: [{}] });
});

test("an export is started, polled and downloaded over REST at the front door", async () => {
  const { frontDoor } = sharedSystem();
  const headers = { authorization: authorization.replace("authorization: ", ""), "content-type": "application/json" };
  const body = JSON.stringify({ format: "EXPORT_FORMAT_JSON_LINES" });
  const started = await fetch(`${frontDoor}/v1/exports`, { method: "POST", headers, body });
  expect(started.status).toBe(202);
  const where = `${frontDoor}${started.headers.get("location")}`;
  const found = async () => (await (await fetch(where, { headers })).json()) as Record<string, string>;
  await expect.poll(found, { timeout: TIMEOUT_MS }).toMatchObject({ state: "EXPORT_STATE_SUCCEEDED" });
  const { downloadPath, writtenOrders } = await found();
  const content = await fetch(`${frontDoor}${downloadPath}`, { headers });
  expect((await content.text()).trimEnd().split("\n")).toHaveLength(Number(writtenOrders));
});
