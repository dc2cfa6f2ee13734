import { type Client, createClient, type Interceptor, type ServiceImpl } from "@connectrpc/connect";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { implement } from "@polywire/rpc";
import {
  createGrpcServer,
  createGrpcTransport,
  type GrpcServer,
  type GrpcServerOptions,
  type GrpcTransport,
  type GrpcTransportOptions,
} from "../../src/index.ts";

export const ORDER_ID = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";

/** A server on a free port and a client of it. */
export interface OrdersServer extends AsyncDisposable {
  server: GrpcServer;
  transport: GrpcTransport;
  client: Client<typeof OrderService>;
  address: string;
  port: number;
}

export interface OrdersServerOptions {
  server?: Partial<GrpcServerOptions>;
  transport?: Partial<GrpcTransportOptions>;
  interceptors?: Interceptor[];
}

/** Serves OrderService by these methods. */
export async function startOrders(
  implementation: Partial<ServiceImpl<typeof OrderService>>,
  { server: serverOptions, transport: transportOptions, interceptors = [] }: OrdersServerOptions = {},
): Promise<OrdersServer> {
  const services = [implement(OrderService, implementation)];
  const server = createGrpcServer({ services, interceptors, ...serverOptions });
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${port}`;
  const transport = createGrpcTransport({ address, ...transportOptions });
  return {
    server,
    transport,
    client: createClient(OrderService, transport),
    address,
    port,
    async [Symbol.asyncDispose]() {
      transport.close();
      await server.close();
    },
  };
}
