import { create, toBinary } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import {
  FulfilOrdersRequestSchema,
  GetOrderRequestSchema,
  GetOrderResponseSchema,
  ImportOrdersRequestSchema,
  ImportOrdersResponseSchema,
  WatchOrdersRequestSchema,
  WatchOrdersResponseSchema,
} from "@polywire/contract/polywire/orders/v1/order_service";
import { accessLog, type CallRecord, recovery } from "@polywire/rpc";
import { expect, test } from "vitest";
import { all, errorOf, stream } from "./support/calls.ts";
import { ORDER_ID, startOrders } from "./support/orders-server.ts";

const order = { orderId: ORDER_ID, note: "leave it at the door" };

function logged() {
  const records: CallRecord[] = [];
  return { records, interceptors: [accessLog({ log: (record) => records.push(record) }), recovery] };
}

test("the access log has the bytes of the encoded messages, both ways, in all four modes", async () => {
  const { records, interceptors } = logged();
  await using orders = await startOrders(
    {
      getOrder: () => ({ order }),
      async *watchOrders() {
        for (let sent = 0; sent < 3; sent += 1) yield { message: { case: "event", value: { order } } };
      },
      importOrders: async (requests) => ({ storedOrders: BigInt((await all(requests)).length) }),
      async *fulfilOrders(requests) {
        for await (const _ of requests) yield {};
      },
    },
    { interceptors },
  );
  const line = { lineNumber: 1n };
  await orders.client.getOrder({ orderId: ORDER_ID });
  await all(orders.client.watchOrders({ orderIds: [ORDER_ID] }));
  await orders.client.importOrders(stream(line, line));
  await all(orders.client.fulfilOrders(stream({ commandId: 7 })));
  const size = {
    getOrder: toBinary(GetOrderRequestSchema, create(GetOrderRequestSchema, { orderId: ORDER_ID })).length,
    order: toBinary(GetOrderResponseSchema, create(GetOrderResponseSchema, { order })).length,
    watch: toBinary(WatchOrdersRequestSchema, create(WatchOrdersRequestSchema, { orderIds: [ORDER_ID] })).length,
    event: toBinary(
      WatchOrdersResponseSchema,
      create(WatchOrdersResponseSchema, { message: { case: "event", value: { order } } }),
    ).length,
    line: toBinary(ImportOrdersRequestSchema, create(ImportOrdersRequestSchema, line)).length,
    summary: toBinary(ImportOrdersResponseSchema, create(ImportOrdersResponseSchema, { storedOrders: 2n })).length,
    command: toBinary(FulfilOrdersRequestSchema, create(FulfilOrdersRequestSchema, { commandId: 7 })).length,
  };
  expect(records.map(({ code, receivedBytes, sentBytes }) => [code, receivedBytes, sentBytes])).toEqual([
    ["OK", size.getOrder, size.order],
    ["OK", size.watch, 3 * size.event],
    ["OK", 2 * size.line, size.summary],
    ["OK", size.command, 0],
  ]);
});

test("the access log tells of a response that cannot be encoded what the client is told", async () => {
  const { records, interceptors } = logged();
  await using orders = await startOrders(
    { getOrder: () => ({ order: { note: "x", version: 1.5 as unknown as bigint } }) },
    { interceptors },
  );
  const error = await errorOf(orders.client.getOrder({ orderId: ORDER_ID }));
  expect(error.code).toBe(Code.Internal);
  expect(records).toMatchObject([{ code: "INTERNAL", sentBytes: 0 }]);
});
