import type { Client } from "@connectrpc/connect";
import type { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import type { TokenIssuer } from "@polywire/rpc";
import { docRoutes } from "./docs/doc-routes.ts";
import { exportRoutes } from "./exports/export-routes.ts";
import { orderRoutes } from "./orders/order-routes.ts";
import type { Route } from "./serve/route.ts";
import { tokenRoutes } from "./tokens/token-routes.ts";

/** Every route of the gateway; `openapi/polywire.yaml` describes exactly these. */
export async function routesOf(parts: { orders: Client<typeof OrderService>; issuer: TokenIssuer }): Promise<Route[]> {
  return [
    ...orderRoutes(parts.orders),
    ...exportRoutes(parts.orders),
    ...tokenRoutes(parts.issuer),
    ...(await docRoutes()),
  ];
}
