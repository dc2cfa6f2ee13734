import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { Health } from "@polywire/contract/grpc/health/v1/health";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createHealth, errorDetails, implement } from "@polywire/rpc";
import { expect, test } from "vitest";
import { startConnectServers } from "../src/index.ts";

/** Two calls: one that is answered when `finish` is called, and one that goes on until its signal ends it. */
async function startCalls(httpVersion: "1.1" | "2") {
  const { promise: answer, resolve } = Promise.withResolvers<void>();
  const heard: Promise<void>[] = [];
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  heard.push(first.promise, second.promise);
  const servers = await startConnectServers({
    host: "127.0.0.1",
    services: [
      implement(OrderService, {
        getOrder: async () => {
          first.resolve();
          await answer;
          return { order: { note: "done" } };
        },
        cancelOrder: (_request, { signal }) =>
          new Promise((_resolve, reject) => {
            second.resolve();
            signal.addEventListener("abort", () => reject(signal.reason), { once: true });
          }),
      }),
    ],
  });
  const port = httpVersion === "2" ? servers.h2Port : servers.port;
  const transport = createConnectTransport({ baseUrl: `http://127.0.0.1:${port}`, httpVersion });
  const client = createClient(OrderService, transport);
  const calls = { finishing: client.getOrder({}), stuck: client.cancelOrder({}).catch(ConnectError.from) };
  await Promise.all(heard);
  return { servers, finish: resolve, ...calls };
}

test.each(["1.1", "2"] as const)(
  "drain over HTTP/%s lets a call finish and tells one that does not that the server is shutting down",
  async (httpVersion) => {
    const { servers, finish, finishing, stuck } = await startCalls(httpVersion);
    const drained = servers.drain(100);
    finish();
    expect((await finishing).order?.note).toBe("done");
    const error = (await stuck) as ConnectError;
    expect([error.code, errorDetails(error).reason]).toEqual([Code.Unavailable, "DRAINING"]);
    await drained;
  },
);

test.each(["1.1", "2"] as const)(
  "drain over HTTP/%s cuts off a client that does not hang up after its last answer",
  async (httpVersion) => {
    const servers = await startConnectServers({ host: "127.0.0.1", services: [createHealth().registration] });
    const port = httpVersion === "2" ? servers.h2Port : servers.port;
    const transport = createConnectTransport({ baseUrl: `http://127.0.0.1:${port}`, httpVersion });
    // Leaves the answer unread, and so the stream and the connection open.
    for await (const _ of createClient(Health, transport).watch({})) break;
    await servers.drain(0);
  },
);
