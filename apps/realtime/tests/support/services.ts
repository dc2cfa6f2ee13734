import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ServiceImpl } from "@connectrpc/connect";
import { EventLogService } from "@polywire/contract/polywire/events/v1/event_log_service";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcServer } from "@polywire/grpc";
import { createMemoryEventLog, type MemoryEventLog } from "@polywire/realtime/server";
import {
  createTokenIssuer,
  createTokenVerifier,
  generateTokenKey,
  implement,
  requireScope,
  rpcError,
} from "@polywire/rpc";
import { requireCall, serverInterceptors } from "@polywire/rpc/node";

/** What a push node needs around it: a token issuer with its keys, and an order service on a real gRPC port. */
export interface Surroundings extends AsyncDisposable {
  readonly jwksUrl: string;
  readonly ordersAddress: string;
  /** What ReadLog reads. */
  readonly log: MemoryEventLog;
  /** Deadlines in milliseconds that commands arrived with. */
  readonly deadlinesMs: number[];
  /** The next command is answered as by an instance that is shutting down. */
  drainOnce(): void;
  token(subject: string, scopes?: string[], ttlSeconds?: number): Promise<string>;
}

/** The order of every customer of these tests. */
export const adasOrder = "0d5f7a52-6a2b-4b8e-9a51-1f3c5a0f7d11";

/** Starts both on free ports. */
export async function startSurroundings(): Promise<Surroundings> {
  const issuer = createTokenIssuer({ privateJwk: await generateTokenKey() });
  const keys = createServer((_, response) => void response.end(JSON.stringify(issuer.jwks)));
  keys.listen(0, "127.0.0.1");
  await once(keys, "listening");
  const log = createMemoryEventLog({ epoch: "direct", heartbeatMs: 100 });
  const deadlinesMs: number[] = [];
  let draining = false;
  const orders: Partial<ServiceImpl<typeof OrderService>> = {
    getOrder({ orderId }) {
      const { principal, deadlineMs } = requireCall();
      deadlinesMs.push((deadlineMs ?? 0) - Date.now());
      if (draining) {
        draining = false;
        throw rpcError("DRAINING", "this server is shutting down; call again");
      }
      if (orderId !== adasOrder || principal?.subject !== "ada") {
        throw rpcError("ORDER_NOT_FOUND", "there is no such order");
      }
      return { order: { orderId, customerId: "ada" } };
    },
  };
  const events: ServiceImpl<typeof EventLogService> = {
    async getLogBounds() {
      requireScope(requireCall().principal, "events:read");
      return await log.bounds();
    },
    async *readLog({ cursor }, { signal }) {
      requireScope(requireCall().principal, "events:read");
      for await (const message of log.read({ cursor, signal })) {
        switch (message.kind) {
          case "started":
            yield { message: { case: "started", value: { recovery: message.recovery, cursor: message.cursor } } };
            break;
          case "event":
            yield { message: { case: "event", value: message.event } };
            break;
          case "heartbeat":
            yield { message: { case: "heartbeat", value: message.cursor } };
        }
      }
    },
  };
  const grpc = createGrpcServer({
    services: [implement(OrderService, orders as ServiceImpl<typeof OrderService>), implement(EventLogService, events)],
    interceptors: serverInterceptors({ log: () => undefined, verify: createTokenVerifier({ keys: issuer.jwks }) }),
  });
  const { port } = await grpc.listen({ host: "127.0.0.1", port: 0 });
  return {
    jwksUrl: `http://127.0.0.1:${(keys.address() as AddressInfo).port}/`,
    ordersAddress: `127.0.0.1:${port}`,
    log,
    deadlinesMs,
    drainOnce: () => {
      draining = true;
    },
    token: (subject, scopes = [], ttlSeconds = 60) => issuer.issue({ subject, scopes, ttlSeconds }),
    async [Symbol.asyncDispose]() {
      await grpc.close();
      keys.close();
      keys.closeAllConnections();
    },
  };
}
