import type { Order } from "@polywire/contract/polywire/orders/v1/order";
import { createTap, readTap } from "@polywire/wire/tap";
import { untilQuiet } from "../33-head-of-line-blocking/until-quiet.ts";
import { holdsIf, type Verdict } from "../framework/verdicts.ts";
import { percent } from "../framework/words.ts";
import type { CallWire, OrderReader, ReadOrder } from "./call-wires.ts";

/** Bytes of the header blocks of one call. */
export interface HeaderCost {
  /** Which call of the connection, from 1. */
  readonly call: number;
  readonly request: number;
  readonly response: number;
}

/** What a wire needs for its calls. */
export interface WireSeen extends Pick<CallWire, "name" | "http" | "codec"> {
  /** Calls that the server had in its hands at once. */
  readonly inFlight: number;
  /** Connections for them. */
  readonly connections: number;
  /** Of calls that were made one after the other on one connection. */
  readonly headers: readonly HeaderCost[];
  /** Everything of the last of them, both directions: headers, frames, bodies. */
  readonly callBytes: number;
}

/** What is called. */
export interface WatchOptions {
  readonly order: Order;
  /** Sent with each call. */
  readonly token: string;
  readonly inFlight: number;
}

/** Calls one after the other of which the headers are told; so many are made as the last one says. */
const TOLD = [1, 2, 100];

/** Calls one after the other; then, over new connections, so many that all are in the server's hands at once. */
export async function watchWire(wire: CallWire, { order, token, inFlight }: WatchOptions) {
  const { name, http, codec } = wire;
  const inTurn = await callThrough(wire, token, {
    read: async () => order,
    call: async (client) => {
      const received: Order[] = [];
      for (let call = 0; call < Math.max(...TOLD); call += 1) received.push(await client.getOrder(order.orderId));
      return received;
    },
  });
  const barrier = createBarrier(inFlight);
  const atOnce = await callThrough(wire, token, {
    read: async () => {
      await barrier.pass();
      return order;
    },
    call: async (client) => {
      const all = Promise.all(Array.from({ length: inFlight }, () => client.getOrder(order.orderId)));
      // A client that makes fewer at once would wait for itself.
      await untilQuiet(barrier.most, Promise.race([barrier.full, all]), QUIET_MS);
      barrier.open();
      return await all;
    },
  });
  const { wireBytes } = inTurn.calls.at(-1) ?? { wireBytes: { client: 0, server: 0 } };
  const seen: WireSeen = {
    ...{ name, http, codec },
    inFlight: barrier.most(),
    connections: atOnce.connections.length,
    headers: TOLD.map((call) => {
      const { client: request = 0, server: response = 0 } = inTurn.calls[call - 1]?.headerBytes ?? {};
      return { call, request, response };
    }),
    callBytes: wireBytes.client + wireBytes.server,
  };
  return { seen, answer: inTurn.received[0] };
}

interface Through {
  readonly read: ReadOrder;
  call(client: OrderReader): Promise<Order[]>;
}

async function callThrough(wire: CallWire, token: string, { read, call }: Through) {
  await using server = await wire.serve(read);
  await using tap = await createTap({ upstream: server });
  await using client = wire.connect({ ...tap.address, token });
  const received = await call(client);
  return { received, ...readTap(tap) };
}

/** When nobody came for so long, nobody will. */
const QUIET_MS = 1_000;

/** Lets nobody pass until it is opened; `full` resolves when so many are there. */
function createBarrier(count: number) {
  const { promise: full, resolve: fill } = Promise.withResolvers<void>();
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  let waiting = 0;
  let most = 0;
  return {
    async pass(): Promise<void> {
      waiting += 1;
      most = Math.max(most, waiting);
      if (waiting === count) fill();
      await opened;
      waiting -= 1;
    },
    most: () => most,
    full,
    open,
  };
}

const MOST = 0.5;

/**
 * Claim 13.1: connections for the calls in flight, and header bytes of a connection's second call. `withToken`: gRPC, of
 * which they are to fall by half, with a token in every call.
 */
export function multiplexingClaim(wires: readonly WireSeen[], withToken: WireSeen): Verdict {
  const http1 = wires.filter(({ http }) => http === 1);
  const http2 = wires.filter(({ http }) => http === 2);
  const grpc = http2.find(({ name }) => name === withToken.name);
  const most = Math.max(...wires.map(({ inFlight }) => inFlight));
  const shared = http2.length > 0 && http2.every(({ connections, inFlight }) => connections === 1 && inFlight === most);
  const smaller = http2.every((wire) => secondOfFirst(wire) < 1);
  const halved = grpc !== undefined && secondOfFirst(grpc) <= MOST;
  return holdsIf(
    shared && smaller && halved,
    `${tell(http2, ({ inFlight }) => inFlight)} calls in flight need connections: ${tell(http2, ({ connections }) => connections)} on HTTP/2; the headers of call 2 are, of those of call 1: ${tell(http2, (wire) => percent(secondOfFirst(wire)))}`,
    [
      {
        name: "HTTP/1.1",
        bit:
          http1.length > 0 && http1.every((wire) => wire.connections === wire.inFlight && secondOfFirst(wire) > MOST),
        because: `connections: ${tell(http1, ({ connections }) => connections)}; headers of call 2: ${tell(http1, (wire) => percent(secondOfFirst(wire)))}`,
      },
      {
        name: "a header that stays out of HPACK's table",
        bit: secondOfFirst(withToken) > MOST,
        because: `with a token in authorization the headers of ${withToken.name}'s call 2 are ${percent(secondOfFirst(withToken))}: Node sends it in full each time`,
      },
    ],
  );
}

/** Each wire and a figure of it, or the figure alone where all have the same. */
function tell(wires: readonly WireSeen[], figure: (wire: WireSeen) => number | string): string {
  const figures = new Set(wires.map(figure));
  return figures.size === 1 ? [...figures].join() : wires.map((wire) => `${wire.name} ${figure(wire)}`).join(", ");
}

/** Header bytes of the second call, by those of the first. */
function secondOfFirst({ headers }: WireSeen): number {
  const [first, second] = headers.map(({ request, response }) => request + response);
  return (second ?? Number.NaN) / (first ?? Number.NaN);
}
