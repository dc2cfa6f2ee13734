import { Code, ConnectError } from "@connectrpc/connect";
import { HelpSchema } from "@polywire/contract/google/rpc/error_details";
import { badRequest, codeName, errorDetails, recovery, rpcError } from "@polywire/rpc";
import { describe, expect, test } from "vitest";
import { all, errorOf, stream } from "./support/calls.ts";
import { ORDER_ID, startOrders } from "./support/orders-server.ts";

const CODES = Object.values(Code).filter((value) => typeof value === "number");

test("an error arrives with its details, metadata and any text", async () => {
  const text = 'größer als 100%: a/b?c=d&e \u{1f600} "quoted"\nnext line';
  await using orders = await startOrders({
    getOrder: () => {
      const error = badRequest([{ field: "lines[0].quantity", rule: "int32.gte", description: text }]);
      error.metadata.set("x-more", "fact");
      throw error;
    },
  });
  const error = await errorOf(orders.client.getOrder({ orderId: ORDER_ID }));
  expect(error.code).toBe(Code.InvalidArgument);
  expect(error.rawMessage).toBe(`lines[0].quantity: ${text}`);
  expect(error.metadata.get("x-more")).toBe("fact");
  expect(errorDetails(error)).toEqual({
    reason: "VALIDATION_FAILED",
    metadata: {},
    fieldViolations: [{ field: "lines[0].quantity", rule: "int32.gte", description: text }],
  });
});

test("an error without details keeps its text", async () => {
  const text = "größer als 100%: a/b?c=d&e \u{1f600}";
  await using orders = await startOrders({
    getOrder: () => {
      throw new ConnectError(text, Code.NotFound);
    },
  });
  expect((await errorOf(orders.client.getOrder({}))).rawMessage).toBe(text);
});

test("an error with half a surrogate pair in its text ends the call", async () => {
  await using orders = await startOrders({
    getOrder: () => {
      throw rpcError("ORDER_NOT_FOUND", "broken \ud800 text");
    },
  });
  expect((await errorOf(orders.client.getOrder({}))).code).toBe(Code.NotFound);
});

test.each(CODES.map((code) => [codeName(code), code] as const))(
  "%s arrives on every kind of call",
  async (_name, code) => {
    const fail = () => {
      throw new ConnectError("no", code, undefined, [{ desc: HelpSchema, value: { links: [{ url: "u" }] } }]);
    };
    await using orders = await startOrders({
      getOrder: fail,
      importOrders: async () => fail(),
      watchOrders: async function* () {
        yield { message: { case: "heartbeat", value: { epoch: "e" } } };
        fail();
      },
      fulfilOrders: async function* () {
        yield {};
        fail();
      },
    });
    const errors = [
      await errorOf(orders.client.getOrder({})),
      await errorOf(orders.client.importOrders(stream({}))),
      await errorOf(all(orders.client.watchOrders({}))),
      await errorOf(all(orders.client.fulfilOrders(stream({})))),
    ];
    expect(errors.map((error) => [error.code, error.findDetails(HelpSchema)[0]?.links[0]?.url])).toEqual(
      Array(4).fill([code, "u"]),
    );
  },
);

describe.each([
  ["without interceptors", []],
  ["with recovery", [recovery]],
])("a handler that fails, %s, ends the call as INTERNAL and shows nothing", (_title, interceptors) => {
  const secret = () => new Error("password=1 at /srv/db");

  async function expectInternal(call: Promise<unknown>) {
    const error = await errorOf(call);
    expect([error.code, error.rawMessage, errorDetails(error).reason]).toEqual([
      Code.Internal,
      "internal error",
      "INTERNAL",
    ]);
    expect(JSON.stringify([...error.metadata])).not.toMatch(/password|srv/);
  }

  test("by throwing at once", async () => {
    const fail = () => {
      throw secret();
    };
    await using orders = await startOrders(
      { getOrder: fail, importOrders: fail, watchOrders: fail, fulfilOrders: fail },
      { interceptors },
    );
    await expectInternal(orders.client.getOrder({}));
    await expectInternal(orders.client.importOrders(stream({})));
    await expectInternal(all(orders.client.watchOrders({})));
    await expectInternal(all(orders.client.fulfilOrders(stream({}))));
  });

  test("by rejecting", async () => {
    const fail = () => Promise.reject(secret());
    await using orders = await startOrders({ getOrder: fail, importOrders: fail }, { interceptors });
    await expectInternal(orders.client.getOrder({}));
    await expectInternal(orders.client.importOrders(stream({})));
  });

  test("in the middle of a stream, after the messages before it", async () => {
    const messages: unknown[] = [];
    const fail = async function* () {
      yield {};
      yield {};
      throw secret();
    };
    await using orders = await startOrders({ watchOrders: fail, fulfilOrders: fail }, { interceptors });
    await expectInternal(
      (async () => {
        for await (const message of orders.client.watchOrders({})) messages.push(message);
      })(),
    );
    expect(messages).toHaveLength(2);
    await expectInternal(all(orders.client.fulfilOrders(stream({}))));
  });

  test("by throwing something that is no error", async () => {
    await using orders = await startOrders({ getOrder: () => Promise.reject(undefined) }, { interceptors });
    await expectInternal(orders.client.getOrder({}));
  });

  test("by answering what cannot be encoded", async () => {
    await using orders = await startOrders(
      {
        getOrder: () => ({ order: { version: "password=1" as unknown as bigint } }),
        watchOrders: async function* () {
          yield { message: { case: "heartbeat", value: { offset: "password=1" as unknown as bigint } } };
        },
      },
      { interceptors },
    );
    await expectInternal(orders.client.getOrder({}));
    await expectInternal(all(orders.client.watchOrders({})));
  });
});

test("a response header that gRPC cannot carry does not hang the call", async () => {
  await using orders = await startOrders({
    getOrder: (_request, context) => {
      context.responseHeader.set("bad name!", "x");
      context.responseHeader.set("grpc-status", "5");
      context.responseHeader.set("x-good", "line\nbreak");
      return {};
    },
  });
  let header = new Headers();
  await orders.client.getOrder({}, { onHeader: (received) => (header = received) });
  expect(header.get("x-good")).toBe("line%0Abreak");
});

test("a method that the implementation leaves out is UNIMPLEMENTED", async () => {
  await using orders = await startOrders({});
  const errors = [
    await errorOf(orders.client.getOrder({})),
    await errorOf(all(orders.client.watchOrders({}))),
    await errorOf(orders.client.importOrders(stream({}))),
    await errorOf(all(orders.client.fulfilOrders(stream({})))),
  ];
  expect(errors.map((error) => [error.code, errorDetails(error).reason])).toEqual(
    Array(4).fill([Code.Unimplemented, "METHOD_NOT_AVAILABLE"]),
  );
});

test("a server that nobody runs is UNAVAILABLE", async () => {
  await using orders = await startOrders({});
  await orders.server.close();
  expect((await errorOf(orders.client.getOrder({}))).code).toBe(Code.Unavailable);
});

test("a client stream that fails to produce its messages fails the call with that error", async () => {
  const started = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  await using orders = await startOrders({
    importOrders: async (requests, { signal }) => {
      signal.addEventListener("abort", () => left.resolve());
      started.resolve();
      await all(requests);
      await left.promise;
      return {};
    },
  });
  async function* broken() {
    yield { lineNumber: 1n };
    await started.promise;
    throw new ConnectError("no more lines", Code.DataLoss);
  }
  expect((await errorOf(orders.client.importOrders(broken()))).rawMessage).toBe("no more lines");
  await left.promise;
});
