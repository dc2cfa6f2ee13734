import { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { CloseReason, Direction, Endpoint, ProxyEvent } from "./events.ts";
import type { Interpose, Interposer, Link } from "./interposer.ts";
import { createReadBuffer } from "./read-buffer.ts";
import { type ResolvedProxyTls, secureUpstream, speakTheSame } from "./tls.ts";

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
  /** TLS with the client, whose handshake is over, and what is needed for TLS with the upstream. */
  readonly secure?: { readonly client: TLSSocket; readonly tls: ResolvedProxyTls };
  readonly connection: number;
  readonly connectTimeoutMs: number;
  readonly interpose: Interpose | undefined;
  /** May throw; the upstream is unreachable then. */
  upstream(): Endpoint;
  tell(event: ProxyEvent): void;
}

/** Connects to the upstream and passes everything on between the two sides until both have ended. */
export function joinSockets(options: RelayOptions): Relay {
  const { connection, connectTimeoutMs, secure, tell } = options;
  const rawUpstream = new Socket({
    allowHalfOpen: true,
    // TLS reads by itself.
    ...(secure === undefined && { onread: createReadBuffer((bytes) => takeDown(bytes)) }),
  }).setNoDelay(true);
  const client = secure?.client ?? options.client;
  const upstream =
    secure === undefined
      ? rawUpstream
      : secureUpstream(rawUpstream, secure.client, secure.tls).on("data", (bytes) => {
          if (!takeDown(bytes)) upstream.pause();
        });
  const now = () => ({ connection, atMs: performance.now() });
  let connected = false;
  let reason: CloseReason = "finished";
  let isBroken = false;
  let between: Interposer | undefined;

  // The first cause is the one reported: the errors it brings about on the other side are its consequence.
  const breakOff = (cause: CloseReason) => {
    if (isBroken) return;
    isBroken = true;
    if (reason === "finished") reason = cause;
    between?.close();
    // TLS can't be reset, what carries it can.
    reset(options.client);
    reset(rawUpstream);
  };
  const broken = (cause: CloseReason) => {
    if (between?.silent !== true) breakOff(cause);
  };
  const sides = { up: { from: client, to: upstream }, down: { from: upstream, to: client } };
  const write = (direction: Direction, bytes: Uint8Array, written?: () => void): boolean => {
    const seen = now();
    // First: looking at the bytes takes about as long as passing them on, and the other side can use that time.
    const takesMore = sides[direction].to.write(bytes, written);
    tell({ kind: "chunk", ...seen, direction, bytes });
    return takesMore;
  };
  const takeUp = (bytes: Buffer): void => {
    if (between !== undefined) between.push("up", bytes);
    else if (!write("up", bytes)) client.pause();
  };
  // What comes down goes on before more is read, into the same memory: the most traffic comes this way, and new memory
  // for each read costs more than all the rest. An accepted socket can't be given memory to read into.
  const takeDown = (bytes: Buffer): boolean => {
    if (between !== undefined) {
      between.push("down", Buffer.from(bytes));
      return true;
    }
    write("down", bytes, () => {
      if (client.writableLength === 0) upstream.resume();
    });
    return client.writableLength === 0;
  };
  const end = (direction: Direction): void => {
    tell({ kind: "half-close", ...now(), direction });
    sides[direction].to.end();
  };
  const pass = (direction: Direction) => {
    const { from, to } = sides[direction];
    to.on("drain", () => {
      if (between === undefined) from.resume();
      else between.drained(direction);
    });
    from.on("end", () => {
      if (between === undefined) end(direction);
      else between.end(direction);
    });
  };
  const link = (): Link => ({
    connection,
    write,
    end,
    pause: (direction) => void sides[direction].from.pause(),
    resume: (direction) => void sides[direction].from.resume(),
    cut(how) {
      if (how === "reset") breakOff("fault");
      if (isBroken) return;
      reason = "fault";
      between?.close();
      client.destroySoon();
      upstream.destroySoon();
    },
  });

  const ended = Promise.all([gone(client), gone(upstream)]).then(() => {
    between?.close();
    tell({ kind: "close", ...now(), reason });
  });
  tell({ kind: "open", ...now(), client: { host: client.remoteAddress ?? "", port: client.remotePort ?? 0 } });
  client.on("error", () => broken("reset"));
  upstream.on("error", () => broken(connected ? "reset" : "unreachable"));

  const connectTimeout = setTimeout(() => breakOff("unreachable"), connectTimeoutMs);
  upstream.once("close", () => clearTimeout(connectTimeout));
  upstream.once(secure === undefined ? "connect" : "secureConnect", () => {
    clearTimeout(connectTimeout);
    if (secure !== undefined && !speakTheSame(secure.client, upstream as TLSSocket)) {
      breakOff("unreachable");
      return;
    }
    connected = true;
    pass("up");
    pass("down");
    client.on("data", takeUp).resume();
    between = options.interpose?.(link());
  });
  try {
    rawUpstream.connect(options.upstream());
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
