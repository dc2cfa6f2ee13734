import { Socket } from "node:net";
import type { CloseReason, Direction, Endpoint, ProxyEvent } from "./events.ts";

/** One connection through a proxy: two sockets joined. */
export interface Relay {
  /** Resolves when both sockets are gone and the close event is out. Never rejects. */
  readonly ended: Promise<void>;
  /** Resets both sides because the proxy closes. */
  breakOff(): void;
}

/** What `joinSockets` is told. */
export interface RelayOptions {
  /** Accepted with half-open allowed, and paused. */
  readonly client: Socket;
  readonly connection: number;
  readonly connectTimeoutMs: number;
  /** May throw; the upstream is unreachable then. */
  upstream(): Endpoint;
  tell(event: ProxyEvent): void;
}

/** Connects to the upstream and passes everything on between the two sides until both have ended. */
export function joinSockets(options: RelayOptions): Relay {
  const { client, connection, connectTimeoutMs, tell } = options;
  const upstream = new Socket({ allowHalfOpen: true }).setNoDelay(true);
  const now = () => ({ connection, atMs: performance.now() });
  let connected = false;
  let reason: CloseReason = "finished";

  // The first cause is the one reported: the errors it brings about on the other side are its consequence.
  const breakOff = (cause: CloseReason) => {
    if (reason !== "finished") return;
    reason = cause;
    reset(client);
    reset(upstream);
  };
  const pass = (from: Socket, to: Socket, direction: Direction) => {
    from.on("data", (bytes: Buffer) => {
      tell({ kind: "chunk", ...now(), direction, bytes });
      if (!to.write(bytes)) from.pause();
    });
    to.on("drain", () => from.resume());
    from.on("end", () => {
      tell({ kind: "half-close", ...now(), direction });
      to.end();
    });
  };

  const ended = Promise.all([gone(client), gone(upstream)]).then(() => tell({ kind: "close", ...now(), reason }));
  tell({ kind: "open", ...now(), client: { host: client.remoteAddress ?? "", port: client.remotePort ?? 0 } });
  client.on("error", () => breakOff("reset"));
  upstream.on("error", () => breakOff(connected ? "reset" : "unreachable"));

  const connectTimeout = setTimeout(() => breakOff("unreachable"), connectTimeoutMs);
  upstream.once("close", () => clearTimeout(connectTimeout));
  upstream.once("connect", () => {
    clearTimeout(connectTimeout);
    connected = true;
    pass(client, upstream, "up");
    pass(upstream, client, "down");
    client.resume();
  });
  try {
    upstream.connect(options.upstream());
  } catch {
    breakOff("unreachable");
  }
  return { ended, breakOff: () => breakOff("proxy-closed") };
}

function reset(socket: Socket): void {
  // A reset waits for the end of connecting, which may never come; while a FIN is on its way libuv refuses it
  // (uv_tcp_close_reset), and Node would then never close the socket.
  const isEnding = socket.writableEnded && !socket.writableFinished;
  if (socket.connecting || isEnding) socket.destroy();
  else socket.resetAndDestroy();
}

function gone(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("close", () => resolve());
  });
}
