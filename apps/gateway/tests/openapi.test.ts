import { readFileSync } from "node:fs";
import { create } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import { AddressSchema } from "@polywire/contract/polywire/orders/v1/order";
import { ListOrdersResponseSchema, type OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createTokenIssuer, generateTokenKey } from "@polywire/rpc";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

import { routesOf } from "../src/routes.ts";
import { gatewayUnderTest, ORDER_ID, storedOrder } from "./gateway-under-test.ts";

const text = readFileSync(new URL("../../../openapi/polywire.yaml", import.meta.url), "utf8");
const contract = parse(text);
const METHODS = ["get", "put", "post", "delete", "patch", "head", "options"];

/** A schema of the document as a check; unlike readers, the check refuses fields that the document does not have. */
function schemaOf(name: string) {
  const strict = JSON.stringify({ ...contract.components.schemas }, (_key, value) =>
    value?.type === "object" && value.properties ? { additionalProperties: false, ...value } : value,
  )
    // Read as an absolute URL by the checker.
    .replaceAll(',"format":"uri-reference"', "")
    .replaceAll("#/components/schemas/", "#/$defs/");
  return z.fromJSONSchema({ $ref: `#/$defs/${name}`, $defs: JSON.parse(strict) });
}

test("openapi/polywire.yaml + has the routes of the gateway, and no others", async () => {
  const issuer = createTokenIssuer({ privateJwk: await generateTokenKey() });
  const routes = await routesOf({ orders: {} as Client<typeof OrderService>, issuer });
  const inCode = routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
  const inContract = Object.entries<object>(contract.paths).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((key) => METHODS.includes(key))
      .map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(inCode.sort()).toEqual(inContract.sort());
});

test("openapi/polywire.yaml + public routes are those without security", async () => {
  const issuer = createTokenIssuer({ privateJwk: await generateTokenKey() });
  const routes = await routesOf({ orders: {} as Client<typeof OrderService>, issuer });
  for (const { method, path, isPublic = false } of routes) {
    const operation = contract.paths[path.replace(/:(\w+)/g, "{$1}")][method.toLowerCase()];
    expect(operation.security?.length === 0).toBe(isPublic);
  }
});

test("openapi/polywire.yaml + every example fits its schema", () => {
  let examples = 0;
  const visit = (node: unknown) => {
    if (typeof node !== "object" || node === null) return;
    const { schema, example } = node as { schema?: { $ref?: string }; example?: unknown };
    if (example !== undefined) {
      schemaOf(schema?.$ref?.split("/").at(-1) ?? "").parse(example);
      examples += 1;
    }
    for (const child of Object.values(node)) visit(child);
  };
  visit(contract);
  expect(examples).toBeGreaterThanOrEqual(8);
});

test("openapi/polywire.yaml + real answers fit its schemas", async () => {
  const address = { recipient: "A", addressLines: ["b"], postalCode: "1", locality: "c", regionCode: "DE" };
  await using gateway = await gatewayUnderTest({
    orders: {
      getOrder: () => ({ order: storedOrder({ shippingAddress: create(AddressSchema, address) }) }),
      listOrders: () => create(ListOrdersResponseSchema, { orders: [storedOrder()] }),
    },
  });
  const fits = async (name: string, path: string, init = {}) =>
    schemaOf(name).parse(await (await gateway.call(path, init)).json());
  await fits("Order", `/v1/orders/${ORDER_ID}`);
  await fits("OrderPage", "/v1/orders");
  await fits("Token", "/v1/dev/tokens", { method: "POST", body: { customer: "a" } });
  await fits("ProblemType", "/v1/problems/ORDER_NOT_FOUND");
  await fits("Problem", "/nowhere");
  await fits("Problem", "/v1/orders", { method: "POST", body: { x: 1 } });
});

test("GET /openapi.yaml + serves the document", async () => {
  await using gateway = await gatewayUnderTest();
  const response = await fetch(`${gateway.url}/openapi.yaml`);
  expect(response.headers.get("content-type")).toContain("application/yaml");
  expect(await response.text()).toBe(text);
});
