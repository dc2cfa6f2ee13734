import { constants } from "node:http2";
import { parseTimeout, type ServiceRegistration } from "@polywire/rpc";
import type { HttpRequest } from "./http-messages.ts";

/**
 * Cuts off calls whose request has one message and does not arrive within `timeoutMs`: nothing of ours runs for them yet,
 * so that no deadline ends them.
 */
export function watchRequest(
  services: readonly ServiceRegistration[],
  timeoutMs: number,
): (request: HttpRequest) => void {
  const streaming = new Set<string>();
  for (const { service } of services) {
    for (const { methodKind, name } of service.methods) {
      const streams = methodKind === "client_streaming" || methodKind === "bidi_streaming";
      if (streams) streaming.add(`/${service.typeName}/${name}`);
    }
  }
  return (request) => {
    // Only POST streams, and only GET has a query.
    if (streaming.has(request.url ?? "")) return;
    const timer = setTimeout(() => cutOff(request), timeoutMs);
    const stop = (): void => clearTimeout(timer);
    request.once("end", stop);
    request.once("close", stop);
  };
}

/** On HTTP/1.1 with the connection, on HTTP/2 alone. */
function cutOff(request: HttpRequest): void {
  if ("stream" in request) request.stream.close(constants.NGHTTP2_CANCEL);
  else request.destroy();
}

const MAX_TIMER_MS = 2 ** 31 - 1;

/** Takes deadlines beyond 24 days for none: Node's timers would fire at once. */
export function dropEndlessTimeout({ headers }: HttpRequest): void {
  for (const name of ["grpc-timeout", "connect-timeout-ms"]) {
    const value = headers[name];
    if (typeof value !== "string") continue;
    const timeoutMs = parseTimeout(new Headers({ [name]: value })) ?? 0;
    if (timeoutMs > MAX_TIMER_MS) delete headers[name];
  }
}
