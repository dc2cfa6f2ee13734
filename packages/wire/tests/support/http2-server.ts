import { once } from "node:events";
import { createServer, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";

/** A running server of Node's own HTTP/2, which is nghttp2. */
export interface TestServer extends AsyncDisposable {
  readonly port: number;
  /** The raw header lists that it received, name and value in turn. */
  readonly received: readonly string[][];
}

/**
 * Starts a server whose answers use much of the protocol: informational responses, pushes, large and small bodies,
 * trailers, resets and GOAWAY, chosen by path.
 */
export async function startHttp2Server(): Promise<TestServer> {
  const received: string[][] = [];
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer({ settings: { maxConcurrentStreams: 50 } });
  server.on("session", (session) => {
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
  });
  server.on("stream", (stream, headers, ...[, rawHeaders]) => {
    received.push(rawHeaders);
    stream.on("error", () => {});
    stream.resume();
    const path = String(headers[":path"]);
    if (path === "/reset") return stream.close(7);
    if (path === "/early") stream.additionalHeaders({ ":status": 103, link: "</style.css>" });
    if (path === "/push" && stream.pushAllowed) {
      stream.pushStream({ ":path": "/style.css" }, (error, pushed) => {
        if (error !== null) return;
        pushed.respond({ ":status": 200, "content-type": "text/css" });
        pushed.end("body{}");
      });
    }
    stream.respond({ ":status": 200, "x-path": path, date: "now", "x-token": "secret" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0", "grpc-message": path }));
    stream.end(path === "/large" ? Buffer.alloc(200_000, "x") : `you asked for ${path}`);
    if (path === "/last") stream.session?.goaway(0, 0, Buffer.from("bye"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    received,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
