import { createClient } from "@connectrpc/connect";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { sampleOrder } from "../../comparison/sample-order.ts";
import { callHeaders, rpcTransport } from "../../wires/rpc-client.ts";
import { ask, askBeforeAndAfter, askSixTimes, countInTheGap, until } from "../acts.ts";
import type { Scenario } from "../scenario.ts";
import type { Stage } from "../stage.ts";
import { openWatch } from "../watch.ts";
import { wordFor } from "../words.ts";

const six = { hop: "client", does: "6 calls on a connection" } as const;
const one = { hop: "client", does: "a call" } as const;

/** Faults of single streams and of HTTP/2 connections. */
export const http2Scenarios: readonly Scenario[] = [
  {
    fault: "stall-stream",
    title: "the frames of one HTTP/2 stream stay away, until they come",
    cases: (["grpc", "rest-h2"] as const).map((wire) => ({
      ...six,
      wire,
      fault: { kind: "stall-stream" },
      act: countInTheGap,
      expected: "5 of 6 end in the gap; in all 6 OK",
      control: "6 of 6 end in the gap; in all 6 OK",
    })),
  },
  {
    fault: "withhold-window-update",
    title: "the server's WINDOW_UPDATE frames stay away, so that long requests stop at 64 KiB",
    cases: [
      {
        ...one,
        wire: "grpc",
        does: "a call of 200 kB",
        fault: { kind: "withhold-window-update", direction: "down" },
        act: askTooMuch,
        expected: "DEADLINE_EXCEEDED, lifted: OK",
        control: "INVALID_ARGUMENT, lifted: OK",
      },
    ],
  },
  {
    fault: "goaway",
    title: "the server says that it goes away",
    cases: [
      {
        wire: "grpc",
        hop: "client",
        does: "a stream, and a call beside it",
        fault: { kind: "goaway" },
        act: streamAndCall,
        expected: "the stream goes on; the call: OK, on connection 2",
        control: "the stream goes on; the call: OK, on connection 1",
      },
      {
        ...one,
        wire: "rest-h1",
        hop: "gateway>orders",
        fault: { kind: "goaway" },
        act: askBeforeAndAfter,
        expected: "OK, then OK",
        control: "OK, then OK",
      },
    ],
  },
  {
    fault: "rst-stream",
    title: "one call is reset",
    cases: [
      {
        ...six,
        wire: "grpc",
        fault: { kind: "rst-stream", errorCode: "INTERNAL_ERROR" },
        act: askSixTimes,
        expected: "1 INTERNAL, 5 OK",
        control: "6 OK",
      },
      {
        ...six,
        wire: "grpc",
        does: "6 calls, CANCEL",
        fault: { kind: "rst-stream", errorCode: "CANCEL" },
        act: askSixTimes,
        expected: "1 CANCELED, 5 OK",
        control: "6 OK",
      },
      {
        ...six,
        wire: "grpc",
        does: "6 calls, REFUSED_STREAM",
        fault: { kind: "rst-stream", errorCode: "REFUSED_STREAM" },
        act: askSixTimes,
        expected: "6 OK",
        control: "6 OK",
      },
      {
        ...six,
        wire: "rest-h1",
        hop: "gateway>orders",
        does: "6 calls, REFUSED_STREAM",
        fault: { kind: "rst-stream", errorCode: "REFUSED_STREAM" },
        act: askSixTimes,
        expected: "6 OK",
        control: "6 OK",
      },
    ],
  },
];

/** A request that is refused once it has arrived. */
async function askTooMuch(stage: Stage): Promise<string> {
  await stage.client.getOrder(stage.order.orderId);
  stage.strike();
  const long = { ...sampleOrder(), note: "x".repeat(200_000) };
  const word = await wordFor(stage.client.createOrder(long, { timeoutMs: 1000 }));
  stage.lift();
  return `${word}, lifted: ${await ask(stage)}`;
}

/** A stream and a call on one connection. */
async function streamAndCall(stage: Stage): Promise<string> {
  const { token } = stage.target;
  const { transport, close } = rpcTransport("grpc", stage.target);
  stage.use({ [Symbol.dispose]: close });
  const watch = stage.use(await openWatch(transport, token));
  stage.strike();
  const client = createClient(OrderService, transport);
  const options = { headers: callHeaders(token), timeoutMs: 5000 };
  const word = await wordFor(client.getOrder({ orderId: stage.order.orderId }, options));
  const { connections } = stage;
  const { orderId } = await stage.bystander.createOrder(sampleOrder());
  const isTold = until(() => watch.events.some(({ order }) => order?.orderId === orderId));
  const fate = await Promise.race([isTold.then(() => "goes on"), watch.ended.then((how) => `ends with ${how}`)]);
  return `the stream ${fate}; the call: ${word}, on connection ${connections}`;
}
