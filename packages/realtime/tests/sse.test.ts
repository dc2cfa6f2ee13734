import { fromJsonString } from "@bufbuild/protobuf";
import { ServerFrameSchema } from "@polywire/contract/polywire/realtime/v1/frames";
import { Recovery } from "@polywire/contract/polywire/type/v1/cursor";
import { expect, test } from "vitest";
import { makeCursor } from "../src/protocol/index.ts";
import { createMemoryEventLog } from "../src/server/index.ts";
import { orderEvent } from "./support/events.ts";
import { startNode, tokenFor, until } from "./support/node.ts";
import { openSse } from "./support/sse-client.ts";
import { connectWs } from "./support/ws-client.ts";

test("the first event says what the resume found, ids are cursors, data are the frames of the WebSocket", async () => {
  const log = createMemoryEventLog();
  log.append(orderEvent("before"));
  await using node = await startNode(log);
  const client = await openSse(node.port, { channel: "orders" });
  expect(client.headers).toMatchObject({ "content-type": "text/event-stream", "x-accel-buffering": "no" });
  await until(() => client.events.length === 1);
  log.append(orderEvent("one", { note: "line\nbreak\r\u2028" }));
  await until(() => client.events.length === 2);
  expect(client.events.map(({ event, id }) => [event, id])).toEqual([
    ["started", "memory:1"],
    ["event", "memory:2"],
  ]);
  const frames = client.events.map(({ data }) => fromJsonString(ServerFrameSchema, data).message);
  expect(frames[0]).toMatchObject({ case: "subscribed", value: { channel: "orders", recovery: Recovery.LIVE } });
  expect(frames[1]).toMatchObject({
    case: "event",
    value: { payload: { value: { order: { note: "line\nbreak\r\u2028" } } } },
  });
  client.close();
});

test("Last-Event-ID goes before the cursor of the address, and either resumes", async () => {
  const log = createMemoryEventLog();
  for (let number = 1; number <= 5; number += 1) log.append(orderEvent(String(number)));
  await using node = await startNode(log);
  const byQuery = await openSse(node.port, { channel: "orders", cursor: "memory:3" });
  await until(() => byQuery.events.length === 3);
  expect(byQuery.events.map(({ id }) => id)).toEqual(["memory:3", "memory:4", "memory:5"]);
  const byHeader = await openSse(node.port, { channel: "orders", cursor: "memory:1" }, { "last-event-id": "memory:4" });
  await until(() => byHeader.events.length === 2);
  expect(byHeader.events.map(({ id }) => id)).toEqual(["memory:4", "memory:5"]);
});

test("a client may stop on SSE and go on by WebSocket with the same cursor", async () => {
  const log = createMemoryEventLog();
  await using node = await startNode(log);
  const sse = await openSse(node.port, { channel: "orders" });
  await until(() => sse.events.length === 1);
  log.append(orderEvent("1"));
  await until(() => sse.events.length === 2);
  sse.close();
  log.append(orderEvent("2"));
  const ws = await connectWs(node.port);
  expect(await ws.subscribe("orders", makeCursor("memory", 1n))).toMatchObject({
    value: { recovery: Recovery.RECOVERED },
  });
  await until(() => ws.offsets().length === 1);
  expect(ws.offsets()).toEqual([2n]);
});

test("what is wrong with a request is a problem document with the canonical code", async () => {
  await using node = await startNode(createMemoryEventLog());
  const cases: [Record<string, string>, Record<string, string>, number, string][] = [
    [{ channel: "orders" }, { authorization: "" }, 401, "TOKEN_MISSING"],
    [{ channel: "orders" }, { authorization: "Bearer nonsense" }, 401, "TOKEN_INVALID"],
    [{ channel: "orders" }, { authorization: `Bearer ${tokenFor("ada")}` }, 403, "CHANNEL_FORBIDDEN"],
    [{}, {}, 400, "VALIDATION_FAILED"],
    [{ channel: "nonsense" }, {}, 400, "VALIDATION_FAILED"],
    [{ channel: "orders", cursor: "memory:-1" }, {}, 400, "VALIDATION_FAILED"],
    [{ channel: "orders" }, { "last-event-id": "nonsense" }, 400, "VALIDATION_FAILED"],
    [{ channel: "orders" }, { origin: "https://evil.example" }, 403, "ORIGIN_NOT_ALLOWED"],
  ];
  for (const [query, headers, status, reason] of cases) {
    const client = await openSse(node.port, query, headers);
    await client.ended;
    expect([client.status, JSON.parse(client.body()).reason]).toEqual([status, reason]);
  }
});

test("heartbeats carry the head as id; an expired token ends the stream with its code", async () => {
  const log = createMemoryEventLog();
  await using node = await startNode(log, { server: { heartbeatMs: 50 } });
  const client = await openSse(
    node.port,
    { channel: "orders.customer.ada", access_token: tokenFor("ada", [], Date.now() + 400) },
    { authorization: "" },
  );
  log.append(orderEvent("1", { customerId: "bob" }));
  await until(() => client.events.some(({ event, id }) => event === "heartbeat" && id === "memory:1"));
  await client.ended;
  expect(client.events.at(-1)).toMatchObject({ event: "disconnect", data: '{"code":3002,"reason":"TOKEN_EXPIRED"}' });
});

test("pages of allowed origins may read the stream, and preflights are answered", async () => {
  const origin = "https://shop.example";
  await using node = await startNode(createMemoryEventLog(), { server: { allowedOrigins: [origin] } });
  const client = await openSse(node.port, { channel: "orders" }, { origin });
  expect(client.headers["access-control-allow-origin"]).toBe(origin);
  client.close();
  const preflight = await fetch(`http://127.0.0.1:${node.port}/rt/sse`, {
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": "GET", "access-control-request-headers": "authorization" },
  });
  expect(preflight.status).toBe(204);
  const posted = await fetch(`http://127.0.0.1:${node.port}/rt/sse`, { method: "POST" });
  expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET"]);
});

test("a refusal names the request as its caller does, so that logs of every hop can be joined", async () => {
  await using node = await startNode(createMemoryEventLog());
  const refused = await openSse(node.port, {}, { "x-request-id": "from-the-front-door" });
  await refused.ended;
  expect(JSON.parse(refused.body()).requestId).toBe("from-the-front-door");
  expect(refused.headers["x-request-id"]).toBe("from-the-front-door");
  const odd = await openSse(node.port, {}, { "x-request-id": "not an id" });
  await odd.ended;
  expect(JSON.parse(odd.body()).requestId).toMatch(/^[0-9a-f-]{36}$/);
});

test("a client that leaves while its channel is checked leaves nothing behind", async () => {
  const asked = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  await using node = await startNode(createMemoryEventLog(), {
    server: {
      async authorize() {
        asked.resolve();
        await release.promise;
      },
    },
  });
  const leaving = new AbortController();
  const url = `http://127.0.0.1:${node.port}/rt/sse?channel=orders&access_token=${tokenFor("ada")}`;
  const left = fetch(url, { signal: leaving.signal }).catch(() => "left");
  await asked.promise;
  leaving.abort();
  expect(await left).toBe("left");
  // The node learns of the end of a connection in order, so it knows of this one once a later request is answered.
  await fetch(`http://127.0.0.1:${node.port}/rt/sse`);
  release.resolve();
  await fetch(`http://127.0.0.1:${node.port}/rt/sse`);
  expect(node.realtime.counts.connections.sse).toBe(0);
  expect(node.realtime.counts.subscriptions).toBe(0);
});
