import { startConnectServers } from "@polywire/connect";
import { HTTPVersion } from "../gen/connectrpc/conformance/v1/config_pb.ts";
import { conformanceService } from "../service/service.ts";
import { suiteRegistry } from "../service/suite-registry.ts";
import type { Surface } from "../surface.ts";
import { openConnectTransport } from "./transport.ts";

/** connect-node, which serves and calls the same implementations as Connect, gRPC and gRPC-Web. */
export const connectNodeSurface: Surface = {
  async startServer({ httpVersion, useTls, messageReceiveLimit }) {
    if (useTls) throw new Error("this server has no TLS");
    const { port, h2Port } = await startConnectServers({
      host: "127.0.0.1",
      services: [conformanceService],
      jsonRegistry: suiteRegistry,
      // The suite counts details, and expects none on errors that no handler has made.
      errorReasons: false,
      ...(messageReceiveLimit > 0 && { maxReceiveBytes: messageReceiveLimit }),
    });
    return { port: httpVersion === HTTPVersion.HTTP_VERSION_2 ? h2Port : port };
  },
  openTransport: openConnectTransport,
};
