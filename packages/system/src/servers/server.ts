import { freePort } from "../free-port.ts";
import { describeExit } from "../process/readiness.ts";
import type { SupervisedProcess } from "../process/supervised-process.ts";

/** A real server that is running. */
export interface RunningServer extends AsyncDisposable {
  /** Where clients connect. */
  readonly url: string;
  readonly port: number;
  /** Ids of its processes at this moment; empty when somebody else runs it. */
  readonly pids: readonly number[];
  /** Never resolves; rejects, with the newest log lines, when the server ends although nobody closed it. */
  readonly failure: Promise<never>;
  /** Stops it and waits until it is gone. Safe to call twice. */
  readonly close: () => Promise<void>;
}

/** What {@link serverOf} makes a {@link RunningServer} of. */
export interface ServerParts {
  readonly url: string;
  readonly port: number;
  /** Absent when somebody else runs the server. */
  readonly process?: SupervisedProcess;
  /** Default: the process itself. */
  readonly pids?: () => readonly number[];
  /** Runs once, after the process has ended on `close`. */
  readonly afterStop?: () => Promise<void>;
}

/** Wraps a process as a server. */
export function serverOf(parts: ServerParts): RunningServer {
  const { url, port, process: child } = parts;
  let closed: Promise<void> | undefined;
  const failure = new Promise<never>((_, reject) => {
    void child?.exited.then((end) => {
      if (closed === undefined) reject(new Error(describeExit(child, end)));
    });
  });
  // Whoever does not look at it must not be ended by it.
  failure.catch(() => {});
  const close = (): Promise<void> => {
    closed ??= (async () => {
      await child?.stop();
      await parts.afterStop?.();
    })();
    return closed;
  };
  return {
    url,
    port,
    get pids() {
      return child === undefined ? [] : (parts.pids?.() ?? [child.pid]);
    },
    failure,
    close,
    [Symbol.asyncDispose]: close,
  };
}

const ATTEMPTS = 3;

/**
 * Starts a server on a free port, again on another one when somebody took it in between. A port that was asked for is
 * tried once.
 */
export async function startOnFreePort<T>(preferred: number, start: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const { port, preferredTaken } = await freePort(preferred);
    if (preferredTaken) throw new Error(`port ${preferred} on 127.0.0.1 is taken: stop who uses it, or name another`);
    try {
      return await start(port);
    } catch (error) {
      const lostRace = error instanceof Error && /address already in use/i.test(error.message);
      if (!lostRace || preferred !== 0 || attempt === ATTEMPTS) throw error;
    }
  }
}
