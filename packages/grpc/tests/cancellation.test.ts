import { connect } from "node:http2";
import { Code } from "@connectrpc/connect";
import { accessLog, type CallRecord, errorDetails, recovery } from "@polywire/rpc";
import { describe, expect, test } from "vitest";
import { aborted, all, errorOf } from "./support/calls.ts";
import { type OrdersServer, startOrders } from "./support/orders-server.ts";
import { framed, rawCall } from "./support/raw-call.ts";

/** Handlers of all four kinds that wait until their call is over, and tell why it was. */
async function startWaiting(records: CallRecord[] = []) {
  const started = Promise.withResolvers<void>();
  const over = Promise.withResolvers<string | undefined>();
  const wait = async (signal: AbortSignal) => {
    started.resolve();
    const reason = await aborted(signal);
    over.resolve(errorDetails(reason as never).reason);
    signal.throwIfAborted();
  };
  const streaming = async function* (_requests: unknown, { signal }: { signal: AbortSignal }) {
    yield {};
    await wait(signal);
  };
  const orders = await startOrders(
    {
      getOrder: async (_request, { signal }) => {
        await wait(signal);
        return {};
      },
      importOrders: async (requests, { signal }) => {
        started.resolve();
        // Node's HTTP/2 client ends a stream before it resets it: the end may come first.
        await all(requests).catch(() => {});
        await wait(signal);
        return {};
      },
      watchOrders: streaming,
      fulfilOrders: streaming,
    },
    { interceptors: [accessLog({ log: (record) => records.push(record) }), recovery] },
  );
  return { orders, started: started.promise, over: over.promise };
}

async function* endless() {
  yield {};
  await new Promise(() => {});
}

const CALLS: [
  string,
  (orders: OrdersServer, options: { signal?: AbortSignal; timeoutMs?: number }) => Promise<unknown>,
][] = [
  ["unary", ({ client }, options) => client.getOrder({}, options)],
  ["client stream", ({ client }, options) => client.importOrders(endless(), options)],
  ["server stream", ({ client }, options) => all(client.watchOrders({}, options))],
  ["conversation", ({ client }, options) => all(client.fulfilOrders(endless(), options))],
];

describe.each(CALLS)("%s", (_kind, call) => {
  test("a client that leaves aborts the handler's signal, and the log says so", async () => {
    const records: CallRecord[] = [];
    const waiting = await startWaiting(records);
    await using orders = waiting.orders;
    const leave = new AbortController();
    const ending = errorOf(call(orders, { signal: leave.signal }));
    await waiting.started;
    leave.abort();
    expect((await ending).code).toBe(Code.Canceled);
    expect(await waiting.over).toBe("CALL_CANCELLED");
    await expect.poll(() => records).toMatchObject([{ code: "CANCELED" }]);
  });

  test("a deadline that passes ends the call on the client as DEADLINE_EXCEEDED", async () => {
    const waiting = await startWaiting();
    await using orders = waiting.orders;
    expect((await errorOf(call(orders, { timeoutMs: 40 }))).code).toBe(Code.DeadlineExceeded);
  });

  test("a call that is cancelled before it starts is not sent", async () => {
    const waiting = await startWaiting();
    await using orders = waiting.orders;
    const error = await errorOf(call(orders, { signal: AbortSignal.abort() }));
    expect(error.code).toBe(Code.Canceled);
  });
});

// Clients that have no timer of their own show that the server has one.
test.each(["GetOrder", "ImportOrders", "WatchOrders", "FulfilOrders"])(
  "a deadline that passes ends %s on the server as DEADLINE_EXCEEDED, for the handler and the log too",
  async (method) => {
    const records: CallRecord[] = [];
    const waiting = await startWaiting(records);
    await using orders = waiting.orders;
    const answer = await rawCall({
      port: orders.port,
      path: `/polywire.orders.v1.OrderService/${method}`,
      headers: { "grpc-timeout": "40m" },
      body: framed(new Uint8Array()),
      end: method === "GetOrder" || method === "WatchOrders",
    });
    expect(answer.grpcStatus).toBe(String(Code.DeadlineExceeded));
    expect(await waiting.over).toBe("DEADLINE_PASSED");
    await expect.poll(() => records).toMatchObject([{ code: "DEADLINE_EXCEEDED" }]);
  },
);

test("a connection that breaks off in the middle of a client stream is no end of it", async () => {
  const started = Promise.withResolvers<void>();
  const outcome = Promise.withResolvers<unknown>();
  await using orders = await startOrders({
    importOrders: async (requests) => {
      started.resolve();
      outcome.resolve(await all(requests).catch((error: unknown) => error));
      return {};
    },
  });
  const session = connect(`http://${orders.address}`);
  const stream = session.request({
    ":method": "POST",
    ":path": "/polywire.orders.v1.OrderService/ImportOrders",
    "content-type": "application/grpc",
    te: "trailers",
  });
  stream.on("error", () => {});
  stream.write(framed(new Uint8Array()));
  await started.promise;
  session.socket.destroy();
  expect(errorDetails((await outcome.promise) as never).reason).toBe("CALL_CANCELLED");
});

test("a handler's iterator is told to return when the client leaves, though it does not listen", async () => {
  const returned = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  await using orders = await startOrders({
    watchOrders: () => ({
      [Symbol.asyncIterator]: () => ({
        next: () => {
          started.resolve();
          return new Promise(() => {});
        },
        return: async () => {
          returned.resolve();
          return { done: true, value: undefined };
        },
      }),
    }),
  });
  const leave = new AbortController();
  const ending = errorOf(all(orders.client.watchOrders({}, { signal: leave.signal })));
  await started.promise;
  leave.abort();
  await returned.promise;
  expect((await ending).code).toBe(Code.Canceled);
});

test("a signal that is first asked for after the client has left is aborted already", async () => {
  const started = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  const reason = Promise.withResolvers<unknown>();
  await using orders = await startOrders({
    getOrder: async (_request, context) => {
      started.resolve();
      await gone.promise;
      await expect.poll(() => context.signal.aborted).toBe(true);
      reason.resolve(context.signal.reason);
      return {};
    },
  });
  const leave = new AbortController();
  const ending = errorOf(orders.client.getOrder({}, { signal: leave.signal }));
  await started.promise;
  leave.abort();
  await ending;
  gone.resolve();
  expect(errorDetails((await reason.promise) as never).reason).toBe("CALL_CANCELLED");
});

test("the signal aborts when the call is done, and the handler sees what is left of the deadline", async () => {
  let signal: AbortSignal | undefined;
  let timeoutMs: number | undefined;
  await using orders = await startOrders({
    getOrder: (_request, context) => {
      signal = context.signal;
      timeoutMs = context.timeoutMs();
      return {};
    },
  });
  await orders.client.getOrder({}, { timeoutMs: 5000 });
  expect(signal?.aborted).toBe(true);
  expect(timeoutMs).toBeGreaterThan(4000);
  expect(timeoutMs).toBeLessThanOrEqual(5000);
});

test("a handler that ignores its deadline does not keep the client waiting", async () => {
  const end = Promise.withResolvers<void>();
  await using orders = await startOrders({ getOrder: () => end.promise.then(() => ({})) });
  expect((await errorOf(orders.client.getOrder({}, { timeoutMs: 30 }))).code).toBe(Code.DeadlineExceeded);
  end.resolve();
});
