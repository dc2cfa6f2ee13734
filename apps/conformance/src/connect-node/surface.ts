import type { Surface } from "../surface.ts";
import { startConnectServer } from "./server.ts";
import { openConnectTransport } from "./transport.ts";

/** connect-node, which serves and calls the same implementations as Connect, gRPC and gRPC-Web. */
export const connectNodeSurface: Surface = {
  startServer: startConnectServer,
  openTransport: openConnectTransport,
};
