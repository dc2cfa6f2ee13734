import type { CallLog } from "@polywire/rpc";
import { type Logger, pino } from "pino";

/** What `createLogger` needs. */
export interface LoggerOptions {
  /** The app's name, in every line. */
  name: string;
  /** Which instance of it, in every line. Default "0". */
  instance?: string;
  /** Least severity written. Default "info". */
  level?: string;
}

/**
 * A logger that writes JSON lines to standard output, with ISO 8601 times and level names.
 *
 * @param options see `LoggerOptions`
 * @returns a pino logger
 */
export function createLogger(options: LoggerOptions): Logger {
  return pino({
    level: options.level ?? "info",
    base: { name: options.name, instance: options.instance ?? "0" },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
}

/** Codes that say that something is wrong with this service rather than with the call. */
const SERVER_FAULTS: ReadonlySet<string> = new Set(["INTERNAL", "UNKNOWN", "DATA_LOSS"]);

/**
 * Writes one line for each call served: `error` with the cause when the service itself is at fault, `warn` with the
 * cause when something that it needs could not be reached, else `info`.
 *
 * @param logger where to
 * @returns the log for `serverInterceptors({ log })`
 */
export function callLog(logger: Logger): CallLog {
  return ({ cause: err, ...record }) => {
    if (SERVER_FAULTS.has(record.code)) logger.error({ ...record, err }, "call");
    else if (record.code === "UNAVAILABLE") logger.warn({ ...record, err }, "call");
    else logger.info(record, "call");
  };
}

/**
 * What becomes of replaced certificates, for `openTlsFiles`: `info` that they are in use, `error` that they cannot be
 * used and the old ones stay.
 *
 * @param logger where to
 * @returns the two listeners
 */
export function tlsLog(logger: Logger): { onReplaced: () => void; onError: (error: unknown) => void } {
  return {
    onReplaced: () => logger.info("new certificates are in use"),
    onError: (err) => logger.error({ err }, "new certificates cannot be used; the old ones stay"),
  };
}
