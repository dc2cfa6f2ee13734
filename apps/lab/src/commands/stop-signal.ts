/** Why a command ended before its work was done: somebody asked it to. */
export class Stopped extends Error {
  override readonly name = "Stopped";
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
      controller.abort(new Stopped(`stopped by ${name}`));
    } else if (performance.now() - firstAt > SAME_REQUEST_MS) {
      // The watchdog stops what is left running.
      process.kill(process.pid, "SIGKILL");
    }
  };
  process.on("SIGINT", handle);
  process.on("SIGTERM", handle);
  return controller.signal;
}

/** Rejects with the signal's reason when it aborts; never resolves. */
export function untilStopped(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    if (signal.aborted) reject(signal.reason);
  });
}
