import type { Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import type { RunningOrders } from "./world.ts";

/** The ways to a server of connect-node that carry server streams, by name. */
export const connectTransports: Record<string, (orders: RunningOrders) => Transport> = {
  "connect over HTTP/1.1": ({ app }) =>
    createConnectTransport({ baseUrl: `http://${app.addresses.connect}`, httpVersion: "1.1" }),
  "connect over HTTP/2": ({ app }) =>
    createConnectTransport({ baseUrl: `http://${app.addresses.connectH2}`, httpVersion: "2" }),
  "grpc of connect-node": ({ app }) => createGrpcTransport({ baseUrl: `http://${app.addresses.connectH2}` }),
};
