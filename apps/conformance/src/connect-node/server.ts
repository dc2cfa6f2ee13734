import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { HTTPVersion } from "../gen/connectrpc/conformance/v1/config_pb.ts";
import type { ServerCompatRequest } from "../gen/connectrpc/conformance/v1/server_compat_pb.ts";
import { conformanceService } from "../service/service.ts";
import { suiteRegistry } from "../service/suite-registry.ts";

/** Serves the suite as apps/orders serves its own services: the adapter on HTTP/1.1 or on HTTP/2 without TLS. */
export async function startConnectServer({ httpVersion, useTls, messageReceiveLimit }: ServerCompatRequest) {
  if (useTls) throw new Error("this server has no TLS");
  const { service, implementation } = conformanceService;
  const handler = connectNodeAdapter({
    routes: (router) => router.service(service, implementation),
    jsonOptions: { registry: suiteRegistry, ignoreUnknownFields: false },
    ...(messageReceiveLimit > 0 && { readMaxBytes: messageReceiveLimit }),
  });
  const server = httpVersion === HTTPVersion.HTTP_VERSION_2 ? createHttp2Server(handler) : createHttpServer(handler);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port };
}
