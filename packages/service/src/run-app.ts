import { setFlagsFromString } from "node:v8";
import type { App } from "./app.ts";
import { ConfigError } from "./environment/config-error.ts";
import { createLogger } from "./logger.ts";

/** The part of every app's configuration that says how it logs. */
export interface LoggedAs {
  readonly instance: string;
  readonly logLevel: string;
}

/** What an app's `main.ts` gives to `runApp`. */
export interface RunAppOptions<C> {
  /** The app's name, for logs. */
  name: string;
  /** Reads and validates the environment; a `ConfigError` ends the process with 2. */
  readConfig: () => C;
  /** Starts the app. */
  start: (config: C) => Promise<App>;
  /** How long closing may take after a signal, in milliseconds. Default 10 000. */
  drainMs?: number;
}

/**
 * The whole life of an app as a process: read the configuration, start, wait for SIGTERM or SIGINT, close, exit.
 *
 * Exit codes: 0 closed after a signal; 1 could not start, could not close, or was forced (a second signal, or `drainMs`
 * ran out); 2 the configuration is not valid.
 *
 * @param options see `RunAppOptions`
 */
export async function runApp<C extends LoggedAs>(options: RunAppOptions<C>): Promise<never> {
  const { name, drainMs = 10_000 } = options;
  // V8 puts objects of code whose objects have outlived collections into old memory at once. For a server that is wrong:
  // they are gone with their call, and keep all that they refer to until old memory is collected, which is rare.
  // Measured by packages/grpc/bench/unary.bench.ts: a tenth of the CPU of a unary call.
  setFlagsFromString("--no-allocation-site-pretenuring");
  const config = orExit(() => options.readConfig(), name);
  const signalled = firstSignal();
  const starting = options.start(config);
  const app = await starting.catch((error: unknown) => fail(1, `${name} could not start: ${describe(error)}`));

  const { instance, logLevel: level } = config;
  const logger = createLogger({ name, instance, level });
  logger.info({ addresses: app.addresses, pid: process.pid }, "started");
  const signal = await signalled;
  logger.info({ signal, drainMs }, "stopping");
  setTimeout(() => fail(1, `${name} did not stop within ${drainMs} ms and is ended by force`), drainMs).unref();
  await app.close().catch((error: unknown) => fail(1, `${name} could not stop cleanly: ${describe(error)}`));
  logger.info("stopped");
  process.exit(0);
}

/** Resolves at the first SIGTERM or SIGINT; the second one ends the process at once. */
function firstSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let seen = false;
    const handle = (signal: NodeJS.Signals): void => {
      if (seen) fail(1, `${signal} again: ended by force`);
      seen = true;
      resolve(signal);
    };
    process.on("SIGTERM", handle);
    process.on("SIGINT", handle);
  });
}

function orExit<C>(readConfig: () => C, name: string): C {
  try {
    return readConfig();
  } catch (error) {
    return fail(error instanceof ConfigError ? 2 : 1, `${name}: ${describe(error)}`);
  }
}

function describe(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function fail(code: number, message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}
