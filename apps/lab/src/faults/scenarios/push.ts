import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { CursorSchema } from "@polywire/contract/polywire/type/v1/cursor";
import { sampleOrder } from "../../comparison/sample-order.ts";
import { openWs } from "../../wires/ws-connection.ts";
import { until } from "../acts.ts";
import { HEARTBEAT_MS } from "../heartbeat.ts";
import type { Scenario } from "../scenario.ts";
import { placedOrder, type Stage } from "../stage.ts";
import { wordOf } from "../words.ts";

/** Faults that push wires feel. */
export const pushScenarios: readonly Scenario[] = [
  {
    fault: "half-open",
    title: "one connection's other side is gone and never says so",
    cases: (["sse", "grpc-stream"] as const).map((wire) => ({
      wire,
      hop: "client",
      does: "an event",
      fault: { kind: "half-open" },
      act: watchOne,
      expected: "no event, and no end either",
      control: "the event",
    })),
  },
  {
    fault: "buffer-sse",
    title: "a proxy gathers server-sent events",
    cases: [
      {
        wire: "sse",
        hop: "client",
        does: "an event and heartbeats",
        fault: { kind: "buffer-sse", bytes: 500_000 },
        act: watchBuffered,
        expected: "the head, then nothing, no heartbeat either; lifted: event and heartbeats",
        control: "the head, then event and heartbeats; lifted: event and heartbeats",
      },
    ],
  },
  {
    fault: "swallow-pongs",
    title: "a client's pongs do not arrive",
    cases: [
      {
        wire: "ws-json",
        hop: "client",
        does: "3 events, resuming by cursor",
        fault: { kind: "swallow-pongs", connection: 1 },
        act: watchAndResume,
        expected: "closed 3004 by the server, resumed; 3 of 3 events, each once",
        control: "open; 3 of 3 events, each once",
      },
    ],
  },
];

/** Follows orders, and waits for one that the bystander hears of. */
async function watchOne(stage: Stage): Promise<string> {
  const seen = new Set<string>();
  const heard = new Set<string>();
  let end = "";
  const subscriber = await stage.subscribe("client", (orderId) => seen.add(orderId));
  subscriber.failure.catch((error: unknown) => {
    end = String(error);
  });
  await stage.subscribe("bystander", (orderId) => heard.add(orderId));
  stage.strike();
  const first = await stage.bystander.createOrder(sampleOrder());
  await stage.untilStruck();
  // Once a second one is heard, the first has had its time, and a connection that is well has shown it.
  const second = await stage.bystander.createOrder(sampleOrder());
  await until(() => heard.has(second.orderId));
  await Promise.race([until(() => seen.has(first.orderId)), new Promise((resolve) => setTimeout(resolve, 200))]);
  if (seen.has(first.orderId)) return "the event";
  return `no event, and ${end === "" ? "no end either" : `the end: ${end}`}`;
}

/** Begins to follow while a proxy gathers, for more than two heartbeats; lifting the fault is the proxy giving out. */
async function watchBuffered(stage: Stage): Promise<string> {
  const { host, port, token } = stage.target;
  const path = `/rt/sse?channel=${encodeURIComponent(`orders.customer.${stage.customerId}`)}`;
  stage.strike();
  const asked = request({ host, port, path, headers: { authorization: `Bearer ${token}` } }).end();
  stage.use({ [Symbol.dispose]: () => void asked.destroy() });
  const [answer]: IncomingMessage[] = await once(asked, "response");
  let text = "";
  answer?.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  answer?.on("error", () => undefined);
  const heard = new Set<string>();
  await stage.subscribe("bystander", (orderId) => heard.add(orderId));
  const { orderId } = await stage.bystander.createOrder(sampleOrder());
  await until(() => heard.has(orderId));
  await delay(3 * HEARTBEAT_MS);
  const tell = (): string => {
    if (text === "") return "nothing, no heartbeat either";
    return text.includes(orderId) && text.includes("event: heartbeat") ? "event and heartbeats" : "only a part";
  };
  const meanwhile = tell();
  stage.lift();
  await until(() => text.includes(orderId) && text.includes("event: heartbeat"));
  return `the head, then ${meanwhile}; lifted: ${tell()}`;
}

/** A client as it should be: it comes back with its cursor when the server ends the connection. */
async function watchAndResume(stage: Stage): Promise<string> {
  const seen: string[] = [];
  let cursor: MessageInitShape<typeof CursorSchema> | undefined;
  let ended = "";
  const connect = async (): Promise<void> => {
    const subscribed = Promise.withResolvers<void>();
    const connection = stage.use(
      await openWs(stage.target, ({ message }) => {
        if (message.case === "subscribed") {
          cursor ??= message.value.cursor;
          subscribed.resolve();
        }
        if (message.case !== "event" || message.value.payload.case !== "orderEvent") return;
        const event = message.value.payload.value;
        const placed = placedOrder(event);
        if (placed !== undefined && placed !== stage.order.orderId) seen.push(placed);
        cursor = event.cursor ?? cursor;
      }),
    );
    connection.failure.catch((error: unknown) => {
      ended = wordOf(error);
    });
    const channel = `orders.customer.${stage.customerId}`;
    connection.send({
      requestId: 1,
      request: { case: "subscribe", value: { channel, ...(cursor !== undefined && { cursor }) } },
    });
    await subscribed.promise;
  };
  const place = async (): Promise<string> => (await stage.bystander.createOrder(sampleOrder())).orderId;
  await connect();
  stage.strike();
  const placed = [await place()];
  await until(() => seen.length === 1);
  await stage.untilStruck();
  if (stage.strikes > 0) await until(() => ended !== "");
  // Nobody is connected now.
  placed.push(await place());
  const fate = ended === "" ? "open" : `${ended} by the server, resumed`;
  if (ended !== "") await connect();
  placed.push(await place());
  await until(() => seen.includes(placed[2] ?? ""));
  const isOnce = seen.length === placed.length && placed.every((orderId, index) => seen[index] === orderId);
  return `${fate}; ${placed.filter((orderId) => seen.includes(orderId)).length} of 3 events, ${isOnce ? "each once" : "not each once"}`;
}
