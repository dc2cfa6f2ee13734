import { badRequest } from "@polywire/rpc";

/** What a channel delivers: every order, one customer's orders, or one order. */
export type Channel =
  | { kind: "orders" }
  | { kind: "customer"; customerId: string }
  | { kind: "order"; orderId: string };

const maxCharacters = 200;
const customerPrefix = "orders.customer.";
const orderPrefix = "orders.order.";
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
// What would break a line of text/event-stream or a log, and nothing else.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what the rule is about
const controls = /[\u0000-\u001f\u007f]/;

/** The name of a channel: `orders`, `orders.customer.<customer id>` or `orders.order.<order id>`. */
export function formatChannel(channel: Channel): string {
  switch (channel.kind) {
    case "orders":
      return "orders";
    case "customer":
      return `${customerPrefix}${channel.customerId}`;
    case "order":
      return `${orderPrefix}${channel.orderId}`;
  }
}

/**
 * Reads a channel's name. A channel has one name: order ids are written in lower case.
 *
 * @throws ConnectError INVALID_ARGUMENT VALIDATION_FAILED on the field `channel` for anything else
 */
export function parseChannel(name: string): Channel {
  if (name === "orders") {
    return { kind: "orders" };
  }
  if (name.length <= maxCharacters && !controls.test(name)) {
    if (name.startsWith(customerPrefix) && name.length > customerPrefix.length) {
      return { kind: "customer", customerId: name.slice(customerPrefix.length) };
    }
    if (name.startsWith(orderPrefix) && uuid.test(name.slice(orderPrefix.length))) {
      return { kind: "order", orderId: name.slice(orderPrefix.length) };
    }
  }
  throw badRequest([
    {
      field: "channel",
      rule: "channel.name",
      description: "name a channel: orders, orders.customer.<customer id> or orders.order.<order id>",
    },
  ]);
}
