import { errorDetails } from "@polywire/rpc";
import { expect, test } from "vitest";
import { type Channel, formatChannel, parseChannel } from "./channel.ts";

const orderId = "0d5f7a52-6a2b-4b8e-9a51-1f3c5a0f7d11";

test("parseChannel reads what formatChannel writes", () => {
  const channels: Channel[] = [
    { kind: "orders" },
    { kind: "customer", customerId: "ada" },
    { kind: "customer", customerId: "tenant.7|käthe@example" },
    { kind: "order", orderId },
  ];
  for (const channel of channels) {
    expect(parseChannel(formatChannel(channel))).toEqual(channel);
  }
});

test("parseChannel refuses everything else, on the field channel", () => {
  const wrong = [
    "",
    "order",
    "orders.",
    "orders.customer.",
    "orders.customer.a\nb",
    "orders.order.7",
    `orders.order.${orderId.toUpperCase()}`,
    `orders.customer.${"a".repeat(200)}`,
  ];
  for (const name of wrong) {
    expect.assertions(wrong.length);
    try {
      parseChannel(name);
    } catch (error) {
      expect(errorDetails(error as never).fieldViolations).toMatchObject([{ field: "channel" }]);
    }
  }
});
