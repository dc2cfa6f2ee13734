import { type Client, createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import type { Endpoints } from "./endpoints.ts";

/** A customer of the demonstration, signed in with a development token. */
export interface Session {
  readonly customerId: string;
  readonly token: string;
  /** The order service over gRPC-Web. */
  readonly orders: Client<typeof OrderService>;
}

/** Asks the gateway for a development token of a new customer. */
export async function signIn({ surfaces }: Endpoints): Promise<Session> {
  const customerId = `browser-${crypto.randomUUID().slice(0, 8)}`;
  const response = await fetch(`${surfaces.rest}/v1/dev/tokens`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ customer: customerId }),
  });
  if (!response.ok) throw new Error(`the token issuer answered ${response.status}`);
  const { token } = (await response.json()) as { token: string };
  const transport = createGrpcWebTransport({
    baseUrl: surfaces.rpc,
    interceptors: [
      (next) => (request) => {
        request.header.set("authorization", `Bearer ${token}`);
        return next(request);
      },
    ],
  });
  return { customerId, token, orders: createClient(OrderService, transport) };
}
