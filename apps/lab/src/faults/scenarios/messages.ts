import { type OrderEvent, OrderEventType } from "@polywire/contract/polywire/orders/v1/order";
import { sampleOrder } from "../../comparison/sample-order.ts";
import { rpcTransport } from "../../wires/rpc-client.ts";
import { askBeforeAndAfter, place, until } from "../acts.ts";
import type { Scenario } from "../scenario.ts";
import type { Stage } from "../stage.ts";
import { openWatch, type Watch } from "../watch.ts";

const one = { hop: "client", does: "a call", act: askBeforeAndAfter, control: "OK, then OK" } as const;
const inside = { wire: "rest-h1", hop: "gateway>orders", control: "OK, 1 placed" } as const;

/** Faults of messages and of replies. */
export const messageScenarios: readonly Scenario[] = [
  {
    fault: "drop-message",
    title: "one message of a call is left out",
    cases: [
      { ...one, wire: "grpc", fault: { kind: "drop-message" }, expected: "UNIMPLEMENTED, then OK" },
      {
        ...one,
        wire: "grpc",
        does: "a call, its request",
        fault: { kind: "drop-message", direction: "up" },
        expected: "UNIMPLEMENTED, then OK",
      },
      {
        wire: "grpc-stream",
        hop: "client",
        does: "a stream of events",
        fault: { kind: "drop-message", path: "WatchOrders", index: 1 },
        act: watchTwice,
        expected: "1 of its events missing, no error",
        control: "0 of its events missing, no error",
      },
    ],
  },
  {
    fault: "corrupt-message",
    title: "one message of a call is unreadable",
    cases: [
      { ...one, wire: "grpc", fault: { kind: "corrupt-message" }, expected: "INTERNAL, then OK" },
      {
        ...one,
        wire: "grpc",
        does: "a call, its request",
        fault: { kind: "corrupt-message", direction: "up" },
        expected: "INVALID_ARGUMENT, then OK",
      },
    ],
  },
  {
    fault: "cut-reply",
    title: "the connection ends after a whole request, before its reply",
    cases: [
      { ...one, wire: "rest-h1", fault: { kind: "cut-reply" }, expected: "ECONNRESET, then OK" },
      { ...one, wire: "grpc", fault: { kind: "cut-reply" }, expected: "UNAVAILABLE, then OK" },
      {
        ...inside,
        does: "a read inside: it is repeated",
        fault: { kind: "cut-reply", path: "GetOrder" },
        act: askBeforeAndAfter,
        expected: "OK, then OK",
        control: "OK, then OK",
      },
      {
        ...inside,
        does: "a write inside, without a key",
        fault: { kind: "cut-reply", path: "CreateOrder" },
        act: (stage) => place(stage),
        expected: "UNAVAILABLE, 1 placed",
      },
      {
        ...inside,
        does: "a write inside, with a key",
        fault: { kind: "cut-reply", path: "CreateOrder" },
        act: (stage) => place(stage, crypto.randomUUID()),
        expected: "OK, 1 placed",
      },
    ],
  },
];

/** One log read twice from the same position: through the fault, and past it. */
async function watchTwice(stage: Stage): Promise<string> {
  const { token } = stage.target;
  const past = stage.use(await openWatch(stage.bystanderTransport, token));
  const request = { ...(past.cursor !== undefined && { cursor: past.cursor }) };
  stage.strike();
  const { transport, close } = rpcTransport("grpc", stage.target);
  stage.use({ [Symbol.dispose]: close });
  const through = stage.use(await openWatch(transport, token, request));
  const { orderId } = await stage.bystander.createOrder(sampleOrder());
  let end = "no error";
  void through.ended.then((word) => {
    end = word;
  });
  const last = ({ events }: Watch): OrderEvent | undefined =>
    events.find(({ type, order }) => type === OrderEventType.STATUS_CHANGED && order?.orderId === orderId);
  await until(() => last(past) !== undefined && (last(through) !== undefined || end !== "no error"));
  const heard = new Set(through.events.map(({ eventId }) => eventId));
  const told = past.events.slice(0, past.events.indexOf(last(past) as OrderEvent) + 1);
  return `${told.filter(({ eventId }) => !heard.has(eventId)).length} of its events missing, ${end}`;
}
