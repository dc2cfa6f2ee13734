import { create } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { OrderSchema } from "@polywire/contract/polywire/orders/v1/order";
import {
  type FulfilOrdersRequest,
  FulfilOrdersRequestSchema,
} from "@polywire/contract/polywire/orders/v1/order_service";
import { createMemoryEventLog } from "@polywire/realtime/server";
import { errorDetails, rpcError } from "@polywire/rpc";
import { expect, test } from "vitest";
import { type ConversationOptions, converse } from "./conversation.ts";
import type { Station } from "./station.ts";

const order = create(OrderSchema, { orderId: "11111111-1111-4111-8111-111111111111" });

/** A station that can do everything and is offered nothing. */
const willing: Station = {
  held: async () => [],
  offers: async () => [],
  isAlive: async () => undefined,
  claim: async () => order,
  report: async () => order,
  giveBack: async () => order,
  leave: async () => undefined,
};

/** Commands that the test sends one by one. */
function commands() {
  const { readable, writable } = new TransformStream<FulfilOrdersRequest, FulfilOrdersRequest>();
  const writer = writable.getWriter();
  const iterator = (readable as AsyncIterable<FulfilOrdersRequest>)[Symbol.asyncIterator]();
  const { orderId } = order;
  // What is still to be written when the conversation ends is refused.
  const claim = (commandId: number): void =>
    void writer
      .write(create(FulfilOrdersRequestSchema, { command: { case: "claim", value: { orderId } }, commandId }))
      .catch(() => undefined);
  return { iterator, claim, halfClose: () => writer.close() };
}

function conversation(station: Partial<Station>, options: Partial<ConversationOptions> = {}) {
  const said = commands();
  const messages = converse({
    station: { ...willing, ...station },
    commands: said.iterator,
    helloId: 7,
    log: createMemoryEventLog(),
    signal: new AbortController().signal,
    heartbeatMs: 60_000,
    leaseMs: 60_000,
    ...options,
  });
  return { messages, ...said };
}

const reasonOf = (call: Promise<unknown>): Promise<string | undefined> =>
  call.then(
    () => "OK",
    (error: unknown) => errorDetails(ConnectError.from(error)).reason ?? String(error),
  );

test("converse answers the hello and each command by its id, and ends after a half-close", async () => {
  const { messages, claim, halfClose } = conversation({});
  const next = async () => (await messages.next()).value?.message;
  expect(await next()).toMatchObject({ value: { commandId: 7, code: "OK" } });
  claim(8);
  claim(9);
  void halfClose();
  expect(await next()).toMatchObject({ value: { commandId: 8, orderId: order.orderId, order } });
  expect(await next()).toMatchObject({ value: { commandId: 9 } });
  expect((await messages.next()).done).toBe(true);
});

test("converse answers a refusal that has a reason, and ends with anything else", async () => {
  let error: Error = rpcError("ORDER_NOT_HELD", "not yours");
  const { messages, claim } = conversation({ claim: () => Promise.reject(error) });
  await messages.next();
  claim(8);
  expect((await messages.next()).value?.message).toMatchObject({
    value: { commandId: 8, code: "FAILED_PRECONDITION", reason: "ORDER_NOT_HELD", message: "not yours" },
  });
  error = rpcError("UPSTREAM_UNAVAILABLE", "no database");
  claim(9);
  expect(await reasonOf(messages.next())).toBe("UPSTREAM_UNAVAILABLE");
});

test("converse shows that the server is alive when it has nothing to say", async () => {
  const { messages } = conversation({}, { heartbeatMs: 5 });
  await messages.next();
  expect((await messages.next()).value?.message?.case).toBe("heartbeat");
  await messages.return(undefined);
});

test("converse ends with STATION_LOST when nothing is heard, and with the reason of its signal", async () => {
  const silent = conversation({}, { leaseMs: 5 });
  await silent.messages.next();
  expect(await reasonOf(silent.messages.next())).toBe("STATION_LOST");
  const leaving = new AbortController();
  const aborted = conversation({}, { signal: leaving.signal });
  await aborted.messages.next();
  const ended = reasonOf(aborted.messages.next());
  leaving.abort(rpcError("DRAINING", "bye"));
  expect(await ended).toBe("DRAINING");
});

test("converse does not hear a station that does not read", async () => {
  let heard = 0;
  const { messages, claim } = conversation({
    claim: async () => {
      heard += 1;
      return order;
    },
  });
  await messages.next();
  for (const commandId of [1, 2, 3, 4, 5]) claim(commandId);
  for (let round = 0; round < 50; round += 1) await new Promise(setImmediate);
  expect(heard).toBeLessThanOrEqual(2);
  await messages.return(undefined);
});
