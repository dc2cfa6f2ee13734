import fc from "fast-check";
import { createHttp1Connection } from "../../src/http1/index.ts";
import { createNatsConnection } from "../../src/nats/index.ts";
import { createPostgresCancels, createPostgresConnection } from "../../src/postgres/index.ts";
import { createSseDecoder } from "../../src/sse/index.ts";
import { createWebSocketConnection } from "../../src/websocket/index.ts";
import type { FuzzTarget } from "./fuzz-target.ts";
import { http1Conversation } from "./http1-script.ts";
import { natsBytes } from "./nats-script.ts";
import { postgresConversation } from "./postgres-script.ts";
import { eventStream } from "./sse-script.ts";
import { frameBytes } from "./websocket-script.ts";

type Side = "client" | "server";

/** The decoders of text protocols, WebSocket and PostgreSQL, with inputs made from the seed. */
export function streamFuzzTargets(seed: number): FuzzTarget[] {
  const sample = <T>(arbitrary: fc.Arbitrary<T>): T[] => fc.sample(arbitrary, { seed, numRuns: 60 });
  const sidesOf = (list: readonly { from: Side; bytes: Uint8Array }[][], side: Side): Uint8Array[] =>
    list.map(
      (parts) => new Uint8Array(Buffer.concat(parts.filter(({ from }) => from === side).map(({ bytes }) => bytes))),
    );
  const http1 = sample(http1Conversation);
  const postgres = sample(postgresConversation);
  const cancels = createPostgresCancels({ maxSessions: 16 });
  const small = { maxPending: 16, maxMessageBytes: 4096 };
  return [
    { name: "http1", corpus: sidesOf(http1, "client"), create: () => turns(createHttp1Connection({ maxPending: 4 })) },
    {
      name: "http1, late",
      corpus: sidesOf(http1, "server"),
      create: () => turns(createHttp1Connection({ join: "middle" })),
    },
    ...(["start", "middle"] as const).map((join) => ({
      name: `websocket, ${join}`,
      corpus: sample(frameBytes(join === "start" ? "client" : "server")),
      create: () =>
        turns(createWebSocketConnection({ join, deflate: TAKEOVER, resyncFrames: 2, maxMessageBytes: 50_000 })),
    })),
    ...(["start", "middle"] as const).map((join) => ({
      name: `sse, ${join}`,
      corpus: sample(eventStream),
      create: () => {
        const decoder = createSseDecoder({ join, maxLineBytes: 4096, maxEventBytes: 8192 });
        return (chunk: Uint8Array) => {
          decoder.push(chunk);
        };
      },
    })),
    { name: "nats", corpus: sample(natsBytes("client")), create: () => turns(createNatsConnection()) },
    {
      name: "nats, late",
      corpus: sample(natsBytes("server")),
      create: () => turns(createNatsConnection({ join: "middle", maxPayloadBytes: 50_000 })),
    },
    {
      name: "postgres",
      corpus: sidesOf(postgres, "client"),
      create: () => turns(createPostgresConnection({ ...small, cancels })),
    },
    {
      name: "postgres, late",
      corpus: sidesOf(postgres, "server"),
      create: () => turns(createPostgresConnection({ ...small, join: "middle" })),
    },
  ];
}

const TAKEOVER = { clientNoContextTakeover: false, serverNoContextTakeover: false };

/** Both sides are given the same bytes in turn. */
function turns(connection: { push(from: Side, chunk: Uint8Array): unknown }): (chunk: Uint8Array) => void {
  let turn = 0;
  return (chunk) => {
    connection.push(turn++ % 2 === 0 ? "client" : "server", chunk);
  };
}
