import { mkdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { findNats } from "../parts/find-nats.ts";
import { askNatsInfo } from "../parts/nats-info.ts";
import type { PartOptions } from "../parts/part.ts";
import { guardedFolder } from "../process/guarded-folder.ts";
import type { LogSink } from "../process/log-lines.ts";
import { waitUntilReady } from "../process/readiness.ts";
import { startProcess } from "../process/supervised-process.ts";
import { sharedWatchdog } from "../process/watchdog.ts";
import { type RunningServer, serverOf, startOnFreePort } from "./server.ts";

/** How nats-server is started. Without any option: the one in `.tools/`, empty, on a free port, gone when closed. */
export interface NatsOptions {
  /** The nats-server program. Default: what {@link findNats} finds with `parts`. */
  readonly binary?: string;
  /** Where to look when no `binary` is given; with `natsUrl`, nothing is started and `close` leaves that server alone. */
  readonly parts?: PartOptions;
  /** Where JetStream keeps its data. Default: a temporary folder that `close` removes. */
  readonly storeDir?: string;
  /** TCP port on 127.0.0.1. Default 0: any. */
  readonly port?: number;
  /** Bound of JetStream's data on disk. Default 1 GiB. */
  readonly maxStoreBytes?: number;
  /** Takes every line the server writes. */
  readonly log?: LogSink;
  /** Default 30 000. */
  readonly startTimeoutMs?: number;
  /** Gives up and leaves nothing running. */
  readonly signal?: AbortSignal;
}

/** A nats-server with JetStream. */
export type NatsServer = RunningServer;

const MAX_MEMORY_STORE_BYTES = 64 * 1024 * 1024;

/** Starts the real nats-server and resolves when clients can connect. Rejects with its log when it cannot. */
export async function startNats(options: NatsOptions = {}): Promise<NatsServer> {
  const { maxStoreBytes = 1024 ** 3 } = options;
  if (!Number.isSafeInteger(maxStoreBytes) || maxStoreBytes < 1) {
    throw new RangeError(`maxStoreBytes must be a whole number above 0, not ${maxStoreBytes}`);
  }
  const found = await findNats({
    ...options.parts,
    ...(options.binary === undefined ? {} : { natsServerBin: options.binary }),
  });
  if (!found.found) throw new Error(`nats-server cannot be started: ${found.reason}; ${found.howTo}`);
  if (found.url !== undefined) return serverOf({ url: found.url, port: Number(new URL(found.url).port || 4222) });
  const temporary = options.storeDir === undefined ? await guardedFolder("polywire-nats-") : undefined;
  const storeDir = temporary ?? resolve(options.storeDir ?? "");
  const removeTemporary = async (): Promise<void> => {
    if (temporary === undefined) return;
    await rm(temporary, { recursive: true, force: true });
    sharedWatchdog().forgetFolder(temporary);
  };
  try {
    await mkdir(storeDir, { recursive: true });
    const configFile = join(storeDir, "nats-server.conf");
    await writeFile(configFile, serverConfig(storeDir, maxStoreBytes));
    const command = found.path ?? "";
    return await startOnFreePort(options.port ?? 0, async (port) => {
      const child = await startProcess({
        name: "nats",
        command,
        args: ["--config", configFile, "--addr", "127.0.0.1", "--port", String(port)],
        // Collects garbage early rather than growing: the load here is small.
        environment: { GOMEMLIMIT: "64MiB" },
        ...(options.log === undefined ? {} : { log: options.log }),
      });
      const url = `nats://127.0.0.1:${port}`;
      const check = async (): Promise<boolean> => (await askNatsInfo(url)).jetstream;
      try {
        await waitUntilReady(child, check, { timeoutMs: options.startTimeoutMs, signal: options.signal });
      } catch (error) {
        await child.stop();
        throw error;
      }
      return serverOf({ url, port, process: child, afterStop: removeTemporary });
    });
  } catch (error) {
    await removeTemporary();
    throw error;
  }
}

/** @see https://docs.nats.io/running-a-nats-service/configuration */
function serverConfig(storeDir: string, maxStoreBytes: number): string {
  const jetstream = `store_dir: ${JSON.stringify(storeDir)}, max_mem: ${MAX_MEMORY_STORE_BYTES}, max_file: ${maxStoreBytes}`;
  return `jetstream { ${jetstream} }\n`;
}
