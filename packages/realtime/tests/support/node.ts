import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { create } from "@bufbuild/protobuf";
import { CommandReplySchema } from "@polywire/contract/polywire/realtime/v1/frames";
import { rpcError, type VerifiedToken } from "@polywire/rpc";
import {
  createRealtimeServer,
  type EventLog,
  type LogTail,
  type LogTailOptions,
  type RealtimeServer,
  type RealtimeServerOptions,
  refuseUpgrade,
  startLogTail,
} from "../../src/server/index.ts";

/** A push node on a real port. */
export interface TestNode extends AsyncDisposable {
  readonly realtime: RealtimeServer;
  readonly tail: LogTail;
  readonly port: number;
}

/** How a test node differs from the usual one. */
export interface TestNodeOptions {
  server?: Partial<RealtimeServerOptions>;
  tail?: Partial<LogTailOptions>;
}

/**
 * Tokens of the tests are JSON: `{ "sub": "ada", "scopes": [], "exp": 123 }`. Real signatures are tested in
 * `@polywire/rpc` and in the push node's own tests.
 */
export function tokenFor(subject: string, scopes: string[] = [], expiresAtMs = Date.now() + 3_600_000): string {
  return Buffer.from(JSON.stringify({ subject, scopes, expiresAtMs })).toString("base64url");
}

/** The token of a packing station. */
export const stationToken = tokenFor("station", ["orders:fulfil"]);

/** Starts a node on a free port and waits until it follows the log. */
export async function startNode(log: EventLog, options: TestNodeOptions = {}): Promise<TestNode> {
  const tail = startLogTail({ log, maxRetryMs: 50, ...options.tail });
  const realtime = createRealtimeServer({
    log,
    tail,
    nodeId: "node-1",
    async verify(token) {
      try {
        const verified: VerifiedToken = JSON.parse(Buffer.from(token, "base64url").toString());
        if (verified.expiresAtMs > Date.now()) {
          return verified;
        }
      } catch {}
      throw rpcError("TOKEN_INVALID", "the token is not valid here");
    },
    async authorize(channel, { principal }) {
      const isAllowed =
        channel.kind === "customer"
          ? channel.customerId === principal.subject
          : principal.scopes.includes("orders:fulfil") || channel.kind === "order";
      if (!isAllowed) {
        throw rpcError("CHANNEL_FORBIDDEN", "not yours");
      }
    },
    execute: async (command) =>
      create(CommandReplySchema, {
        result: { case: "getOrder", value: { order: { note: command.call.case ?? "" } } },
      }),
    ...options.server,
  });
  const server = createServer((request, response) => {
    if (!realtime.handle(request, response)) {
      response.writeHead(404).end();
    }
  });
  server.on("upgrade", (request, socket, head) => {
    if (!realtime.upgrade(request, socket, head)) {
      refuseUpgrade(socket, rpcError("ROUTE_NOT_FOUND", "there is nothing at this path"), crypto.randomUUID());
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  await until(() => tail.live);
  return {
    realtime,
    tail,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      await realtime.close();
      await tail.close();
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Waits for a condition that something else brings about. */
export async function until(condition: () => boolean, withinMs = 20_000): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > endMs) {
      throw new Error(`still not so after ${withinMs} ms: ${condition}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
