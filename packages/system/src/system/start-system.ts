import type { LogSink } from "../process/log-lines.ts";
import { describeExit, urlCheck, waitUntilReady } from "../process/readiness.ts";
import { type SupervisedProcess, startProcess } from "../process/supervised-process.ts";
import { checkSpecs, labelOf, type ProcessSpec } from "./spec.ts";

/** How a system is started and stopped. */
export interface SystemOptions {
  /** Takes every line of every process. Default: none; the newest lines of a process that fails are in the error. */
  readonly log?: LogSink;
  /** Told each time a process has become ready. */
  readonly onReady?: (process: RunningProcess) => void;
  /** Bound of each process's way to readiness. Default 30 000. */
  readonly readyTimeoutMs?: number;
  /** From SIGTERM to SIGKILL, for each process. Default 10 000. */
  readonly stopTimeoutMs?: number;
  /** Newest lines kept of each process. Default 200. */
  readonly maxLogLines?: number;
  /** Gives up during start-up: everything started is stopped, then the start rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** One process of a running system. */
export interface RunningProcess {
  readonly name: string;
  readonly instance?: string;
  /** `name` or `name-instance`. */
  readonly label: string;
  readonly pid: number;
  /** From being started to being ready. */
  readonly readyMs: number;
  /** The newest lines it wrote. */
  readonly lastLines: () => readonly string[];
}

/** Processes that run and are ready. */
export interface RunningSystem extends AsyncDisposable {
  /** In the order of the list they were given in. */
  readonly processes: readonly RunningProcess[];
  /** Never resolves; rejects, with the newest log lines, when a process ends although nobody closed the system. */
  readonly failure: Promise<never>;
  /** Stops everything in reverse order and waits until it is gone. Safe to call twice. */
  readonly close: () => Promise<void>;
}

/**
 * Starts processes in the order that `after` asks for, independent ones at the same time, and resolves when all are
 * ready. When one fails, the others are stopped and the start rejects with the log lines of the one that failed.
 */
export async function startSystem(specs: readonly ProcessSpec[], options: SystemOptions = {}): Promise<RunningSystem> {
  checkSpecs(specs);
  options.signal?.throwIfAborted();
  const giveUp = new AbortController();
  const signal = options.signal === undefined ? giveUp.signal : AbortSignal.any([giveUp.signal, options.signal]);
  const started = new Map<ProcessSpec, SupervisedProcess>();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= stopInReverse(started);
    return closed;
  };

  const ready = new Map<ProcessSpec, Promise<RunningProcess>>();
  const readinessOf = (spec: ProcessSpec): Promise<RunningProcess> => {
    const known = ready.get(spec);
    if (known !== undefined) return known;
    const promise = startOne(spec);
    ready.set(spec, promise);
    return promise;
  };
  const startOne = async (spec: ProcessSpec): Promise<RunningProcess> => {
    await Promise.all(specs.filter((other) => spec.after?.includes(other.name)).map(readinessOf));
    signal.throwIfAborted();
    const startedAt = performance.now();
    const child = await startProcess(processOptions(spec, options));
    started.set(spec, child);
    void child.exited.then((end) => {
      if (closed === undefined) failed.reject(new Error(describeExit(child, end)));
    });
    const check = "url" in spec.ready ? urlCheck(spec.ready.url) : spec.ready.check;
    await waitUntilReady(child, check, { timeoutMs: options.readyTimeoutMs, signal });
    const running: RunningProcess = {
      name: spec.name,
      ...(spec.instance === undefined ? {} : { instance: spec.instance }),
      label: child.name,
      pid: child.pid,
      readyMs: Math.round(performance.now() - startedAt),
      lastLines: child.lastLines,
    };
    options.onReady?.(running);
    return running;
  };

  try {
    const all = Promise.all(specs.map(readinessOf));
    const processes = await Promise.race([all, failed.promise]);
    return { processes, failure: failed.promise, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    giveUp.abort(error);
    // Nobody starts anything from here on, and what is being started is in the map.
    await Promise.allSettled(ready.values());
    await close();
    throw error;
  }
}

function processOptions(spec: ProcessSpec, options: SystemOptions): Parameters<typeof startProcess>[0] {
  const args = spec.args ?? [];
  const { log, stopTimeoutMs, maxLogLines } = options;
  return {
    name: labelOf(spec),
    ...(spec.entry === undefined
      ? { command: spec.command ?? "", args }
      : { command: process.execPath, args: [spec.entry, ...args] }),
    ...(spec.environment === undefined ? {} : { environment: spec.environment }),
    ...(spec.workingFolder === undefined ? {} : { workingFolder: spec.workingFolder }),
    ...(log === undefined ? {} : { log }),
    ...(stopTimeoutMs === undefined ? {} : { stopTimeoutMs }),
    ...(maxLogLines === undefined ? {} : { maxLogLines }),
  };
}

/** Each process is stopped once all that were started after it, because of it, are gone. */
async function stopInReverse(started: ReadonlyMap<ProcessSpec, SupervisedProcess>): Promise<void> {
  const stops = new Map<ProcessSpec, Promise<void>>();
  const stopOne = (spec: ProcessSpec): Promise<void> => {
    const known = stops.get(spec);
    if (known !== undefined) return known;
    const dependents = [...started.keys()].filter((other) => other.after?.includes(spec.name));
    const promise = Promise.all(dependents.map(stopOne)).then(async () => {
      await started.get(spec)?.stop();
    });
    stops.set(spec, promise);
    return promise;
  };
  await Promise.all([...started.keys()].map(stopOne));
}
