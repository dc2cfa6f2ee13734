import { createGrpcServer, createGrpcTransport } from "@polywire/grpc";
import { Compression } from "../gen/connectrpc/conformance/v1/config_pb.ts";
import { conformanceService } from "../service/service.ts";
import type { Surface } from "../surface.ts";

/** `@polywire/grpc`: grpc-js behind the connect-es model. */
export const grpcSurface: Surface = {
  async startServer({ useTls, messageReceiveLimit }) {
    if (useTls) throw new Error("this server has no TLS");
    const server = createGrpcServer({
      services: [conformanceService],
      // The suite counts details, and expects none on errors that no handler has made.
      errorReasons: false,
      ...(messageReceiveLimit > 0 && { maxReceiveBytes: messageReceiveLimit }),
    });
    return server.listen({ host: "127.0.0.1", port: 0 });
  },
  openTransport({ host, port, compression, messageReceiveLimit }) {
    return createGrpcTransport({
      address: `${host}:${port}`,
      compression: compressionNamed(compression),
      ...(messageReceiveLimit > 0 && { maxReceiveBytes: messageReceiveLimit }),
    });
  },
};

function compressionNamed(compression: Compression) {
  switch (compression) {
    case Compression.UNSPECIFIED:
    case Compression.IDENTITY:
      return "identity";
    case Compression.GZIP:
      return "gzip";
    case Compression.DEFLATE:
      return "deflate";
    default:
      throw new Error(`grpc-js has no compression ${compression}`);
  }
}
