import type { ServiceImpl } from "@connectrpc/connect";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcServer } from "@polywire/grpc";
import { implement } from "@polywire/rpc";
import type { Address } from "../../system/front-door.ts";

/** A gRPC server of an experiment's own. */
export interface OrdersBackend extends AsyncDisposable {
  readonly address: Address;
}

const HOST = "127.0.0.1";

/** Serves OrderService by these methods, on a free port: where a claim is about gRPC and not about our orders. */
export async function startOrdersBackend(
  implementation: Partial<ServiceImpl<typeof OrderService>>,
): Promise<OrdersBackend> {
  const server = createGrpcServer({ services: [implement(OrderService, implementation)] });
  const { port } = await server.listen({ host: HOST, port: 0 });
  return { address: `${HOST}:${port}`, [Symbol.asyncDispose]: () => server.close() };
}
