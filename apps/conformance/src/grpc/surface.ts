import { createGrpcServer, createGrpcTransport } from "@polywire/grpc";
import { conformanceService } from "../service/service.ts";
import type { Surface } from "../surface.ts";

/** `@polywire/grpc`: grpc-js behind the connect-es model. */
export const grpcSurface: Surface = {
  async startServer({ useTls, messageReceiveLimit }) {
    if (useTls) throw new Error("this server has no TLS");
    const server = createGrpcServer({
      services: [conformanceService],
      ...(messageReceiveLimit > 0 && { maxMessageBytes: messageReceiveLimit }),
    });
    return server.listen({ host: "127.0.0.1", port: 0 });
  },
  openTransport({ host, port, messageReceiveLimit }) {
    return createGrpcTransport({
      address: `${host}:${port}`,
      ...(messageReceiveLimit > 0 && { maxMessageBytes: messageReceiveLimit }),
    });
  },
};
