import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findEnvoy } from "../parts/find-envoy.ts";
import type { PartOptions } from "../parts/part.ts";
import { guardedFolder } from "../process/guarded-folder.ts";
import type { LogSink } from "../process/log-lines.ts";
import { urlCheck, waitUntilReady } from "../process/readiness.ts";
import { startProcess } from "../process/supervised-process.ts";
import { sharedWatchdog } from "../process/watchdog.ts";
import { type RunningServer, serverOf } from "./server.ts";

/** How Envoy is started. */
export interface EnvoyOptions {
  /** Bootstrap configuration, YAML or JSON, ports filled in. Its `admin` section is replaced: see {@link EnvoyServer}. */
  readonly config: string;
  /** TCP port of its (first) listener, for `url`. */
  readonly port: number;
  /** The Envoy program. Default: what {@link findEnvoy} finds with `parts`. */
  readonly binary?: string;
  /** Where to look when no `binary` is given. Default: `.tools/`. */
  readonly parts?: PartOptions;
  /** Takes every line Envoy writes: access log on standard output, its own on standard error. */
  readonly log?: LogSink;
  /** Default 30 000. */
  readonly startTimeoutMs?: number;
  /** Gives up and leaves nothing running. */
  readonly signal?: AbortSignal;
}

/** A running Envoy. */
export interface EnvoyServer extends RunningServer {
  /** Its admin interface, on a port of its own on 127.0.0.1. */
  readonly adminUrl: string;
}

/** Starts the real Envoy and resolves when its admin interface says ready. Rejects with its log when it cannot. */
export async function startEnvoy(options: EnvoyOptions): Promise<EnvoyServer> {
  const found = await findEnvoy({
    ...options.parts,
    ...(options.binary === undefined ? {} : { envoyBin: options.binary }),
  });
  if (!found.found) throw new Error(`Envoy cannot be started: ${found.reason}; ${found.howTo}`);
  const folder = await guardedFolder("polywire-envoy-");
  const watchdog = sharedWatchdog();
  const removeFolder = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true });
    watchdog.forgetFolder(folder);
  };
  try {
    const configFile = join(folder, "envoy.yaml");
    const adminFile = join(folder, "admin-address");
    await writeFile(configFile, options.config);
    const child = await startProcess({
      name: "envoy",
      command: found.path ?? "",
      args: [
        ...["--config-path", configFile, "--config-yaml", ADMIN, "--admin-address-path", adminFile],
        // One worker thread, and none of the shared memory that restarts of the same Envoy would use.
        ...["--concurrency", "1", "--disable-hot-restart", "--log-level", "warning"],
      ],
      ...(options.log === undefined ? {} : { log: options.log }),
    });
    let adminUrl = "";
    const check = async (): Promise<boolean> => {
      // Written once the port is known.
      adminUrl = `http://${(await readFile(adminFile, "utf8")).trim()}`;
      return urlCheck(`${adminUrl}/ready`)();
    };
    try {
      await waitUntilReady(child, check, { timeoutMs: options.startTimeoutMs, signal: options.signal });
    } catch (error) {
      await child.stop();
      throw error;
    }
    const { port } = options;
    const server = serverOf({ url: `http://127.0.0.1:${port}`, port, process: child, afterStop: removeFolder });
    return Object.defineProperties(server as EnvoyServer, { adminUrl: { value: adminUrl, enumerable: true } });
  } catch (error) {
    await removeFolder();
    throw error;
  }
}

/** Merged over the configuration, so that the port is any free one and never collides. */
const ADMIN = '{"admin":{"address":{"socket_address":{"address":"127.0.0.1","port_value":0}}}}';
