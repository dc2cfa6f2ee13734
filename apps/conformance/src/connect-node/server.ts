import { once } from "node:events";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttp2Server, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import type { AddressInfo } from "node:net";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { HTTPVersion } from "../gen/connectrpc/conformance/v1/config_pb.ts";
import type { ServerCompatRequest } from "../gen/connectrpc/conformance/v1/server_compat_pb.ts";
import { conformanceService } from "../service/service.ts";
import { suiteRegistry } from "../service/suite-registry.ts";

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

/** Serves the suite as apps/orders serves its own services: the adapter on HTTP/1.1 or on HTTP/2 without TLS. */
export async function startConnectServer({ httpVersion, useTls, messageReceiveLimit }: ServerCompatRequest) {
  if (useTls) throw new Error("this server has no TLS");
  const { service, implementation } = conformanceService;
  const rpc = connectNodeAdapter({
    routes: (router) => router.service(service, implementation),
    jsonOptions: { registry: suiteRegistry, ignoreUnknownFields: false },
    ...(messageReceiveLimit > 0 && { readMaxBytes: messageReceiveLimit }),
  });
  const handler = (request: Request, response: Response) => {
    // A body that is too large is refused before its end: the rest must not hold up the connection's next call.
    request[Symbol.asyncIterator] = () => request.iterator({ destroyOnReturn: false });
    // An HTTP/2 response calls itself finished only when the request has ended too; its stream knows better.
    const written = "stream" in response ? response.stream : response;
    written.once("finish", () => request.resume());
    rpc(request, response);
  };
  const server = httpVersion === HTTPVersion.HTTP_VERSION_2 ? createHttp2Server(handler) : createHttpServer(handler);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port };
}
