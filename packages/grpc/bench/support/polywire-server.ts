import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createTokenIssuer, createTokenVerifier, generateTokenKey, implement, warmUpValidation } from "@polywire/rpc";
import { serverInterceptors } from "@polywire/rpc/node";
import { createGrpcServer } from "../../src/index.ts";
import { getOrderResponse, STREAM_MESSAGES, watchOrdersResponse } from "./fixtures.ts";
import { announce } from "./served.ts";

/** What is measured: the whole interceptor chain, with a token that is really verified. */
const issuer = createTokenIssuer({ privateJwk: await generateTokenKey() });
let records = 0;
let metered = 0;
const server = createGrpcServer({
  services: [
    implement(OrderService, {
      getOrder: () => getOrderResponse,
      async *watchOrders() {
        for (let sent = 0; sent < STREAM_MESSAGES; sent += 1) yield watchOrdersResponse;
      },
    }),
  ],
  interceptors: serverInterceptors({
    // Writing and keeping are the sinks' business; record and counts are made.
    log: () => {
      records += 1;
    },
    meter: {
      started: () => {
        metered += 1;
      },
      ended: () => {
        metered += 1;
      },
    },
    verify: createTokenVerifier({ keys: issuer.jwks }),
  }),
});
warmUpValidation([OrderService]);
const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
announce({ port, token: await issuer.issue({ subject: "customer-1" }) });
process.on("exit", () => process.stderr.write(`${records} calls logged, ${metered / 2} metered\n`));
