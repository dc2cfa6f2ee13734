import { constants } from "node:os";

/** Why a command ended before its work was done: somebody asked it to. */
export class Stopped extends Error {
  override readonly name = "Stopped";
  /** As shells count a process that a signal ended: 130 for Ctrl-C. */
  readonly exitCode: number;

  constructor(signal: NodeJS.Signals) {
    super(`stopped by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/** One Ctrl-C can arrive twice, from the terminal and from a launcher; a person needs longer for the second. */
const SAME_REQUEST_MS = 500;

/** Aborts at the first SIGINT or SIGTERM, so that everything is stopped in order; a second request ends at once. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  let firstAt: number | undefined;
  const handle = (name: NodeJS.Signals): void => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      controller.abort(new Stopped(name));
    } else if (performance.now() - firstAt > SAME_REQUEST_MS) {
      // The watchdog stops what is left running.
      process.kill(process.pid, "SIGKILL");
    }
  };
  process.on("SIGINT", handle);
  process.on("SIGTERM", handle);
  return controller.signal;
}

/** Waits for the end of what only ends when somebody asks it to: that is no failure. */
export async function untilRequest(ended: Promise<never>): Promise<0> {
  try {
    return await ended;
  } catch (error) {
    if (error instanceof Stopped) return 0;
    throw error;
  }
}

/** Rejects with the signal's reason when it aborts; never resolves. */
export function untilStopped(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    if (signal.aborted) reject(signal.reason);
  });
}
