import { create } from "@bufbuild/protobuf";
import { OrderStatus } from "@polywire/contract/polywire/orders/v1/order";
import {
  GetOrderRequestSchema,
  GetOrderResponseSchema,
  WatchOrdersRequestSchema,
  WatchOrdersResponseSchema,
} from "@polywire/contract/polywire/orders/v1/order_service";

const ORDER_ID = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";

/** Messages in one call of the streaming case. */
export const STREAM_MESSAGES = 1000;

/** What the client asks, the same for both servers. */
export const getOrderRequest = create(GetOrderRequestSchema, { orderId: ORDER_ID });
export const watchOrdersRequest = create(WatchOrdersRequestSchema, { orderIds: [ORDER_ID] });

const order = {
  orderId: ORDER_ID,
  customerId: "customer-1",
  status: OrderStatus.CONFIRMED,
  lines: ["SKU-00001", "SKU-00042", "SKU-00099"].map((sku, index) => ({ sku, quantity: index + 1 })),
  note: "leave it at the door",
  version: 3n,
};

/** What both servers answer, made once: no database on either side. */
export const getOrderResponse = create(GetOrderResponseSchema, { order });
export const watchOrdersResponse = create(WatchOrdersResponseSchema, {
  message: { case: "event", value: { order } },
});
