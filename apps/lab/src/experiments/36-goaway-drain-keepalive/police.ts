import { once } from "node:events";
import { constants, createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { logVerbosity, setLogVerbosity } from "@grpc/grpc-js";
import { createTap, framesOf } from "@polywire/wire/tap";
import type { Address } from "../../system/front-door.ts";
import { splitAddress } from "../../wires/split-address.ts";
import type { OpenCaller, Outcome } from "./callers.ts";
import { startWorker } from "./worker.ts";

/** A server of gRPC that ends connections on which pings come too often, as gRPC A8 has it. */
interface PoliceServer extends AsyncDisposable {
  readonly address: Address;
}

/** What pings came to. */
export interface PoliceSeen {
  readonly caller: string;
  readonly server: string;
  readonly outcome: Outcome;
  readonly pings: number;
  /** The debug data of the GOAWAY; null: there was none. */
  readonly goaway: string | null;
}

/** The same pings to a server that polices them, and to one that does not. */
export interface Police {
  readonly policed: PoliceSeen;
  readonly unpoliced: PoliceSeen;
}

/** Pings that may come too early, as grpc-go and gRPC's core have it. */
const STRIKES = 2;
const HOST = "127.0.0.1";
/** An empty message, as gRPC frames it. */
const EMPTY_MESSAGE = Buffer.alloc(5);

/**
 * Starts a server that answers each call after so long and polices pings. `@polywire/grpc` has no such thing because
 * grpc-js has none.
 * Spec: https://github.com/grpc/proposal/blob/master/A8-client-side-keepalive.md#server-enforcement
 */
async function startPolice(options: { callMs: number; minPingIntervalMs: number }): Promise<PoliceServer> {
  const server = createServer();
  server.on("stream", (stream) => {
    // A reset ends the wait as well: the stream has no more use for the answer.
    stream.on("error", () => undefined);
    const answering = setTimeout(() => answer(stream), options.callMs);
    stream.once("close", () => clearTimeout(answering));
  });
  server.on("session", (session) => {
    let lastMs = Number.NEGATIVE_INFINITY;
    let strikes = 0;
    session.on("error", () => undefined);
    session.on("ping", () => {
      const nowMs = performance.now();
      if (nowMs - lastMs < options.minPingIntervalMs) strikes += 1;
      lastMs = nowMs;
      if (strikes <= STRIKES || session.destroyed) return;
      session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, Buffer.from("too_many_pings"));
      session.close();
    });
  });
  server.listen(0, HOST);
  await once(server, "listening");
  return {
    address: `${HOST}:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}

function answer(stream: ServerHttp2Stream): void {
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.end(EMPTY_MESSAGE);
}

/** Makes one long call to a server that polices pings, or to a worker, which does not. */
export async function callPolice(
  { caller: name, open, server }: { caller: string; open: OpenCaller; server: "polices pings" | "takes any" },
  callMs: number,
): Promise<PoliceSeen> {
  await using stack = new AsyncDisposableStack();
  const polices = server === "polices pings";
  const upstream = stack.use(await (polices ? startPolice({ callMs, minPingIntervalMs: callMs }) : startWorker()));
  const tap = stack.use(await createTap({ upstream: splitAddress(upstream.address) }));
  const caller = stack.use(open([`${tap.address.host}:${tap.address.port}`]));
  // grpc-js reports on standard error that its pings were too many.
  if (polices) setLogVerbosity(logVerbosity.NONE);
  const outcome = await caller.call(callMs);
  if (polices) setLogVerbosity(logVerbosity.ERROR);
  const frames = tap.events();
  const [goaway] = framesOf(frames, "GOAWAY").filter(({ from }) => from === "server");
  const pings = framesOf(frames, "PING").filter(({ from, frame }) => from === "client" && !frame.ack);
  const debug = goaway && Buffer.from(goaway.frame.debug).toString();
  return { caller: name, server, outcome, pings: pings.length, goaway: debug ?? null };
}
