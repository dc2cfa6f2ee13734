import { setTimeout } from "node:timers/promises";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcServer } from "@polywire/grpc";
import { implement } from "@polywire/rpc";
import type { Address } from "../../system/front-door.ts";

/** A backend that is busy with a call for as long as its caller asks. */
export interface Worker extends AsyncDisposable {
  readonly address: Address;
  /** Calls that have reached it. */
  readonly calls: number;
  /** Resolves when so many calls have reached it. */
  reached(calls: number): Promise<void>;
  /** Says GOAWAY, lets running calls finish, and resolves when they have. */
  drain(): Promise<void>;
  /** Destroys its sockets. */
  cut(): Promise<void>;
}

const HOST = "127.0.0.1";
/** Longer than any call. */
const DRAIN_MS = 60_000;

/** Starts a backend whose GetOrder takes as many milliseconds as the order's id says. */
export async function startWorker(maxConnectionAgeMs = Number.POSITIVE_INFINITY): Promise<Worker> {
  let calls = 0;
  let arrival = Promise.withResolvers<void>();
  const methods = implement(OrderService, {
    async getOrder({ orderId }, { signal }) {
      calls += 1;
      arrival.resolve();
      arrival = Promise.withResolvers();
      await setTimeout(Number(orderId), undefined, { signal });
      return {};
    },
  });
  const server = createGrpcServer({ services: [methods], maxConnectionAgeMs });
  const { port } = await server.listen({ host: HOST, port: 0 });
  return {
    address: `${HOST}:${port}`,
    get calls() {
      return calls;
    },
    async reached(wanted) {
      while (calls < wanted) await arrival.promise;
    },
    drain: () => server.drain(DRAIN_MS),
    cut: () => server.close(),
    [Symbol.asyncDispose]: () => server.close(),
  };
}
