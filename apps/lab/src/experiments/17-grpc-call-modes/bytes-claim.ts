import type { Order } from "@polywire/contract/polywire/orders/v1/order";
import { createTap, readTap } from "@polywire/wire/tap";
import { splitAddress } from "../../wires/split-address.ts";
import { startOrdersBackend } from "../building-blocks/orders-backend.ts";
import { sum } from "../building-blocks/sum.ts";
import { parityCheck } from "../framework/checks.ts";
import { holdsIf, type Verdict } from "../framework/verdicts.ts";
import { percent } from "../framework/words.ts";
import { connectOrders, type OrderClient } from "./modes.ts";
import { createOrderService } from "./order-service.ts";

/** What it costs to read one order, both directions, averaged over all of them. */
export interface Cost {
  /** The answer's message. */
  readonly message: number;
  /** Header blocks and trailers, with the headers of their frames. */
  readonly headers: number;
  /** Requests, frames and envelopes of the messages, and what the connection says for itself. */
  readonly rest: number;
}

/** Orders of one size, read by a call each, in one stream, and in a stream each. */
export interface Weighed {
  /** Of each order. */
  readonly lines: number;
  readonly unary: Cost;
  readonly stream: Cost;
  readonly streamEach: Cost;
}

/** Reads these orders in each way, over a connection of its own, and weighs what passes; `signal` ends it. */
export async function weigh(orders: readonly Order[], signal: AbortSignal) {
  await using all = await startOrdersBackend(createOrderService(orders).methods);
  await using one = await startOrdersBackend(createOrderService(orders.slice(0, 1)).methods);
  const unary = await weighWay(all.address, async (client) => {
    const received: (Order | undefined)[] = [];
    for (const { orderId } of orders) {
      signal.throwIfAborted();
      received.push((await client.getOrder({ orderId })).order);
    }
    return received;
  });
  const stream = await weighWay(all.address, exportAll);
  const streamEach = await weighWay(one.address, async (client) => {
    const received: Order[] = [];
    for (let stream = 0; stream < STREAMS; stream += 1) received.push(...(await exportAll(client)));
    return received;
  });
  const lines = orders[0]?.lines.length ?? 0;
  const weighed: Weighed = { lines, unary: unary.cost, stream: stream.cost, streamEach: streamEach.cost };
  const read = { served: orders, "by unary calls": unary.received, "by a stream": stream.received };
  return { weighed, check: parityCheck(`orders of ${lines} lines`, read) };
}

/** Each of them costs the same. */
const STREAMS = 100;

async function exportAll(client: OrderClient): Promise<Order[]> {
  return (await Array.fromAsync(client.exportOrders({}))).flatMap(({ orders }) => orders);
}

const FRAME_HEADER_BYTES = 9;

async function weighWay(address: string, read: (client: OrderClient) => Promise<readonly (Order | undefined)[]>) {
  await using tap = await createTap({ upstream: splitAddress(address), maxEvents: 10_000_000, maxBytes: 2 ** 32 });
  using orders = connectOrders(`${tap.address.host}:${tap.address.port}`);
  const received = await read(orders.client);
  const { calls, connections } = readTap(tap);
  const total = sum(connections.map(({ bytes }) => bytes.client + bytes.server));
  const message = sum(calls.map(({ messageBytes }) => messageBytes.server));
  const headers = sum(
    calls.map(({ headerBytes, frames }) => {
      const count = (frames.client.HEADERS ?? 0) + (frames.server.HEADERS ?? 0);
      return headerBytes.client + headerBytes.server + FRAME_HEADER_BYTES * count;
    }),
  );
  const each = (bytes: number): number => bytes / received.length;
  const cost: Cost = { message: each(message), headers: each(headers), rest: each(total - message - headers) };
  return { received, cost };
}

const MOST = 0.5;

/** Claim 17.2: what a message costs alone and in a stream. The smallest orders come first. */
export function bytesClaim(sizes: readonly [Weighed, ...Weighed[]]): Verdict {
  const [smallest] = sizes;
  const around = ({ headers, rest }: Cost): number => headers + rest;
  const dear = sizes.filter(({ unary, stream }) => around(stream) > MOST * around(unary));
  const told = sizes.map(
    ({ lines, unary, stream }) =>
      `${bytes(totalOf(unary))} become ${bytes(totalOf(stream))} (${percent(totalOf(stream) / totalOf(unary))}) for orders of ${lines} lines`,
  );
  return holdsIf(
    dear.length === 0 && totalOf(smallest.stream) <= MOST * totalOf(smallest.unary),
    `around a message ${bytes(around(smallest.unary))} bytes of a call become ${bytes(around(smallest.stream))} in a stream (${percent(around(smallest.stream) / around(smallest.unary))}); with the message, ${told.join(", ")}`,
    [
      {
        name: "a stream for each message",
        bit: totalOf(smallest.streamEach) > MOST * totalOf(smallest.unary),
        because: `${bytes(totalOf(smallest.streamEach))} bytes, ${percent(totalOf(smallest.streamEach) / totalOf(smallest.unary))} of a unary call`,
      },
    ],
  );
}

/** All bytes of one order. */
export function totalOf({ message, headers, rest }: Cost): number {
  return message + headers + rest;
}

function bytes(value: number): string {
  return String(Math.round(value));
}
