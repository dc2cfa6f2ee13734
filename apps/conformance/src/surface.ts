import type { Transport } from "@connectrpc/connect";
import type { ClientCompatRequest } from "./gen/connectrpc/conformance/v1/client_compat_pb.ts";
import type { ServerCompatRequest } from "./gen/connectrpc/conformance/v1/server_compat_pb.ts";

/** One of our engines, as the suite drives it. */
export interface Surface {
  /** Starts a server on a free port of 127.0.0.1 with the properties that are asked for. Throws on those it lacks. */
  startServer(request: ServerCompatRequest): Promise<{ port: number }>;
  /** A transport for one call. Throws on what the engine lacks. */
  openTransport(request: ClientCompatRequest): Transport & Partial<Disposable>;
}
