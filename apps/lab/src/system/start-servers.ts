import { rm } from "node:fs/promises";
import { join } from "node:path";
import {
  type LogSink,
  type NatsServer,
  type PartOptions,
  type PostgresServer,
  startNats,
  startPostgres,
} from "@polywire/system";
import type { Parts } from "./parts.ts";

/** The servers that hold the data. */
export interface DataServers {
  readonly postgres: PostgresServer;
  /** Null: this run does without. */
  readonly nats: NatsServer | null;
}

/** What they are started with. */
export interface DataServersOptions {
  readonly parts: Parts;
  readonly partOptions: PartOptions;
  /** Where the data is kept between runs. */
  readonly dataDir: string;
  /** Throw the kept data away first. */
  readonly fresh: boolean;
  readonly log: LogSink;
  readonly signal: AbortSignal;
}

/** Starts both at once. What was started is on `stack` even when the other fails. */
export async function startDataServers(
  stack: AsyncDisposableStack,
  { parts, partOptions, dataDir, fresh, log, signal }: DataServersOptions,
): Promise<DataServers> {
  if (!parts.postgres.found) {
    throw new Error(`Postgres can't be had: ${parts.postgres.reason}\n${parts.postgres.howTo}`);
  }
  if (fresh) await rm(dataDir, { recursive: true, force: true });
  const { postgresUrl } = partOptions;
  const starting = [
    startPostgres({ dataDir: join(dataDir, "postgres"), ...(postgresUrl && { url: postgresUrl }), log, signal }),
    parts.nats.found
      ? startNats({ parts: partOptions, storeDir: join(dataDir, "nats"), log, signal })
      : Promise.resolve(null),
  ] as const;
  for (const server of await Promise.allSettled(starting)) {
    if (server.status === "fulfilled" && server.value !== null) stack.use(server.value);
  }
  const [postgres, nats] = await Promise.all(starting);
  return { postgres, nats };
}
