import { styleText } from "node:util";
import { createLogPrinter, type PartOptions, partOptionsFromEnvironment } from "@polywire/system";
import type { LabConfig } from "../config.ts";
import type { StartOptions } from "../system/running-system.ts";
import type { Hop } from "../tap/hops.ts";
import type { Progress, Status } from "../terminal/status.ts";

/** The flags of the commands that start the system. */
export interface SystemFlags {
  readonly fresh?: boolean;
  readonly orders?: number;
  readonly realtime?: number;
  readonly verbose?: boolean;
  /** Of `up` alone. */
  readonly tap?: readonly Hop[];
}

/** Where parts are looked for, and progress on standard error when one is being fetched. */
export function partOptions(config: LabConfig, onProgress: Progress): PartOptions {
  return {
    ...partOptionsFromEnvironment(config.environment),
    onProgress: ({ message, elapsedMs }) => onProgress(message, `${Math.round(elapsedMs / 1_000)} s`),
  };
}

/** Where a command's start reports to and what ends it. */
export interface StartSurroundings {
  readonly signal: AbortSignal;
  readonly status: Status;
}

/** How a command starts the system: progress, notices and logs go to standard error. */
export function startOptions(config: LabConfig, flags: SystemFlags, around: StartSurroundings): StartOptions {
  const { status, signal } = around;
  const { fresh = false, orders, realtime, verbose = false, tap = [] } = flags;
  signal.addEventListener("abort", () => status.show("stopping everything"), { once: true });
  const print = createLogPrinter({ write: status.print, colour: process.stderr.isTTY === true });
  return {
    partOptions: partOptions(config, status.show),
    port: config.port,
    home: config.home,
    fresh,
    ...(orders !== undefined && { orders }),
    ...(realtime !== undefined && { realtime }),
    tap,
    log: verbose ? print : () => undefined,
    logLevel: verbose ? "info" : "warn",
    onProgress: status.show,
    onNotice: (message) => status.print(`${styleText("yellow", `! ${message}`, { stream: process.stderr })}\n`),
    signal,
    // When Node started: what the user waited for.
    startedAt: 0,
  };
}
