import { once } from "node:events";
import { connect } from "node:net";
import { Code, ConnectError } from "@connectrpc/connect";
import { httpStatus } from "@polywire/http";
import { codeName, createTokenIssuer, generateTokenKey, REASONS, type Reason, rpcError } from "@polywire/rpc";
import { expect, test } from "vitest";
import { aProblem, gatewayUnderTest, ORDER_ID, problemOf, storedOrder } from "./gateway-under-test.ts";

const NEW_ORDER = { lines: [{ sku: "SKU-00042", quantity: 2 }] };

test("every reason of orders + arrives with its code, status, reason and text", async () => {
  let reason: Reason = "INTERNAL";
  await using gateway = await gatewayUnderTest({
    orders: {
      createOrder: () => {
        throw rpcError(reason, `because of ${reason}`, { retryAfterMs: 1500 });
      },
    },
  });
  for (reason of Object.keys(REASONS) as Reason[]) {
    const response = await gateway.call("/v1/orders", { method: "POST", body: NEW_ORDER });
    const { code } = REASONS[reason];
    expect(response.headers.get("retry-after")).toBe("2");
    expect(response.headers.has("www-authenticate")).toBe(code === Code.Unauthenticated || reason === "SCOPE_REQUIRED");
    expect(await problemOf(response)).toMatchObject(aProblem(httpStatus({ code, reason }), codeName(code), reason));
  }
});

test("a body that cannot be read + is 400 and names what is wrong", async () => {
  await using gateway = await gatewayUnderTest({ orders: { createOrder: () => ({ order: storedOrder() }) } });
  const refused = async (body: unknown, headers = {}) =>
    problemOf(await gateway.call("/v1/orders", { method: "POST", body, headers }));
  const malformed = aProblem(400, "INVALID_ARGUMENT", "MALFORMED_REQUEST");
  const invalid = aProblem(400, "INVALID_ARGUMENT", "VALIDATION_FAILED");

  for (const body of ["", "{", "[]", "null", '{"note":"a","note":"b"}', "{'note':'a'}"]) {
    expect(await refused(body)).toMatchObject(malformed);
  }
  const cases: [unknown, string[]][] = [
    [{ ...NEW_ORDER, colour: "red" }, ["colour unknown_field"]],
    [{ ...NEW_ORDER, customerId: "bob" }, ["customerId unknown_field"]],
    [{ ...NEW_ORDER, idempotencyKey: "k" }, ["idempotency_key unknown_field"]],
    [{ lines: [{ sku: "A", quantity: "2x" }] }, ["lines[0].quantity type"]],
    [
      { lines: [{ sku: "A", quantity: 2, unitPrice: { minorUnits: 5 } }] },
      ["lines[0].unit_price.minor_units int64_string"],
    ],
    [{ lines: [{ sku: "A", quantity: 0 }] }, ["lines[0].quantity int32.gte_lte"]],
    [{ lines: [] }, ["lines repeated.min_items"]],
    [{ lines: [NEW_ORDER.lines[0], NEW_ORDER.lines[0]] }, ["lines lines.unique_sku"]],
    [{ ...NEW_ORDER, note: "x".repeat(501) }, ["note string.max_len"]],
    [
      { ...NEW_ORDER, shippingAddress: { recipient: "A", addressLines: ["b"], locality: "c", regionCode: "de" } },
      ["shipping_address.region_code string.pattern"],
    ],
  ];
  for (const [body, fields] of cases) {
    expect(await refused(body)).toMatchObject({ ...invalid, fields });
  }
  expect(await refused(NEW_ORDER, { "idempotency-key": "a b" })).toMatchObject({
    fields: ["Idempotency-Key header.idempotency_key"],
  });
  expect(await refused(NEW_ORDER, { "request-timeout-ms": "0" })).toMatchObject({
    fields: ["Request-Timeout-Ms header.request_timeout"],
  });
});

test("text that UTF-8 cannot carry + is refused, not a failure of ours", async () => {
  await using gateway = await gatewayUnderTest({ orders: { createOrder: () => ({ order: storedOrder() }) } });
  const body = '{"lines":[{"sku":"A","quantity":1}],"note":"\\ud800"}';
  const response = await gateway.call("/v1/orders", { method: "POST", body });
  expect(await problemOf(response)).toMatchObject(aProblem(400, "INVALID_ARGUMENT", "VALIDATION_FAILED"));
});

test("a query that cannot be read + names each parameter", async () => {
  await using gateway = await gatewayUnderTest({ orders: { listOrders: () => ({}) } });
  const cases: [string, string[]][] = [
    ["limit=5&page_size=1&page_size=2", ["limit unknown_parameter", "page_size once"]],
    ["page_size=ten", ["page_size type"]],
    ["page_size=-1", ["page_size type"]],
    ["page_size=9999999999", ["page_size type"]],
    ["page_size=201", ["page_size int32.gte_lte"]],
    ["status=pending", ["status type"]],
    ["status=1", ["status type"]],
    ["__proto__=1", ["__proto__ unknown_parameter"]],
  ];
  for (const [query, fields] of cases) {
    const problem = await problemOf(await gateway.call(`/v1/orders?${query}`));
    expect(problem).toMatchObject({ ...aProblem(400, "INVALID_ARGUMENT", "VALIDATION_FAILED"), fields });
  }
});

test("an oversized body + is 413 on every route that reads one, with and without a length", async () => {
  await using gateway = await gatewayUnderTest();
  const tooLarge = aProblem(413, "RESOURCE_EXHAUSTED", "REQUEST_TOO_LARGE");
  const body = JSON.stringify({ note: "x".repeat(262_144) });
  for (const [method, path] of [
    ["POST", "/v1/orders"],
    ["PATCH", `/v1/orders/${ORDER_ID}`],
    ["POST", `/v1/orders/${ORDER_ID}/cancel`],
    ["POST", "/v1/dev/tokens"],
  ] as const) {
    expect(await problemOf(await gateway.call(path, { method, body }))).toMatchObject(tooLarge);
    const stream = new Blob([body]).stream();
    expect(await problemOf(await gateway.call(path, { method, stream }))).toMatchObject(tooLarge);
  }
});

test("a body in another format + is 415", async () => {
  await using gateway = await gatewayUnderTest();
  const unsupported = aProblem(415, "INVALID_ARGUMENT", "UNSUPPORTED_MEDIA_TYPE");
  const headersOf = [
    { "content-type": "text/plain" },
    { "content-type": "application/x-www-form-urlencoded" },
    { "content-type": "application/json; charset=latin1" },
    { "content-type": "application/json", "content-encoding": "gzip" },
  ];
  for (const headers of headersOf) {
    for (const path of ["/v1/orders", `/v1/orders/${ORDER_ID}/cancel`]) {
      const response = await gateway.call(path, { method: "POST", body: "{}", headers });
      expect(await problemOf(response)).toMatchObject(unsupported);
    }
  }
  const untyped = await fetch(`${gateway.url}/v1/dev/tokens`, { method: "POST", body: new Uint8Array([123, 125]) });
  expect(await problemOf(untyped)).toMatchObject(unsupported);
});

test("an unknown path is 404, an unknown method 405 with Allow, an undecodable path 400", async () => {
  await using gateway = await gatewayUnderTest();
  for (const path of [
    "/",
    "/v1",
    "/v1/orders/",
    "/V1/orders",
    `/v1/orders/${ORDER_ID}/ship`,
    "/v1/problems/toString",
  ]) {
    expect(await problemOf(await fetch(`${gateway.url}${path}`))).toMatchObject(
      aProblem(404, "NOT_FOUND", "ROUTE_NOT_FOUND"),
    );
  }
  const wrong = await fetch(`${gateway.url}/v1/orders`, { method: "DELETE" });
  expect(wrong.headers.get("allow")).toBe("POST, GET, HEAD");
  expect(await problemOf(wrong)).toMatchObject(aProblem(405, "UNIMPLEMENTED", "METHOD_NOT_ALLOWED"));
  const undecodable = await fetch(`${gateway.url}/v1/orders/%E0%A4%A`);
  expect(await problemOf(undecodable)).toMatchObject(aProblem(400, "INVALID_ARGUMENT", "MALFORMED_REQUEST"));
});

test("a missing, invalid or expired token + is 401 before orders hears of the call", async () => {
  let calls = 0;
  await using gateway = await gatewayUnderTest({
    orders: {
      getOrder: () => {
        calls += 1;
        return { order: storedOrder() };
      },
    },
  });
  const expired = await gateway.issuer.issue({ subject: "alice", ttlSeconds: -1 });
  const foreign = await createTokenIssuer({ privateJwk: await generateTokenKey() }).issue({ subject: "alice" });
  const cases: [Record<string, string>, Reason][] = [
    [{}, "TOKEN_MISSING"],
    [{ authorization: "Basic YTpi" }, "TOKEN_INVALID"],
    [{ authorization: "Bearer x.y.z" }, "TOKEN_INVALID"],
    [{ authorization: `Bearer ${foreign}` }, "TOKEN_INVALID"],
    [{ authorization: `Bearer ${expired}` }, "TOKEN_EXPIRED"],
  ];
  for (const [headers, reason] of cases) {
    const response = await fetch(`${gateway.url}/v1/orders/${ORDER_ID}`, { headers });
    expect(response.headers.get("www-authenticate")).toMatch(/^Bearer realm="polywire"/);
    expect(await problemOf(response)).toMatchObject(aProblem(401, "UNAUTHENTICATED", reason));
  }
  expect(calls).toBe(0);
});

test("what orders throws + reaches no client: no message, host, stack or detail of it", async () => {
  const secrets = [
    new Error("password of postgres://orders:hunter2@10.0.0.7/db"),
    new ConnectError("hunter2 in an internal error", Code.Internal),
    new ConnectError("hunter2 is not known", Code.Unknown),
    new ConnectError("bad field in hunter2's SQL", Code.InvalidArgument),
    new ConnectError("hunter2 unreachable at 10.0.0.7", Code.Unavailable),
    new ConnectError("hunter2 lost", Code.DataLoss),
    "hunter2",
  ];
  let secret: unknown;
  await using gateway = await gatewayUnderTest({
    isBare: true,
    orders: {
      getOrder: () => {
        throw secret;
      },
    },
  });
  for (secret of secrets) {
    const response = await gateway.call(`/v1/orders/${ORDER_ID}`);
    expect(response.status).toBeGreaterThanOrEqual(500);
    const everything = JSON.stringify([...response.headers]) + (await response.text());
    expect(everything).not.toMatch(/hunter2|10\.0\.0\.7|postgres|\.ts\b|node_modules/);
  }
});

test("orders out of reach + is 503 without its address", async () => {
  await using gateway = await gatewayUnderTest();
  await gateway.ordersServer.close();
  const response = await gateway.call(`/v1/orders/${ORDER_ID}`);
  const text = await response.clone().text();
  expect(await problemOf(response)).toMatchObject(aProblem(503, "UNAVAILABLE", "UPSTREAM_UNAVAILABLE"));
  expect(text).not.toMatch(/127\.0\.0\.1|ECONN/);
});

test("an answer of orders without an order + is a failure of ours, not an empty body", async () => {
  await using gateway = await gatewayUnderTest({ orders: { getOrder: () => ({}) } });
  expect(await problemOf(await gateway.call(`/v1/orders/${ORDER_ID}`))).toMatchObject(
    aProblem(500, "INTERNAL", "INTERNAL"),
  );
});

test("bytes that are not HTTP, and headers beyond the limit + are refused without internal text", async () => {
  await using gateway = await gatewayUnderTest();
  const port = Number(new URL(gateway.url).port);
  for (const bytes of ["nonsense\r\n\r\n", `GET / HTTP/1.1\r\nhost: a\r\nx: ${"y".repeat(20_000)}\r\n\r\n`]) {
    const socket = connect(port, "127.0.0.1");
    socket.write(bytes);
    const [answer] = await once(socket, "data");
    expect(String(answer)).toMatch(/^HTTP\/1\.1 4(00|31) /);
    expect(String(answer)).not.toMatch(/HPE_|node/i);
    socket.destroy();
  }
});
