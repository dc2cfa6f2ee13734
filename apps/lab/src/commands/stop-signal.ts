/** Why a command ended before its work was done: somebody asked it to. */
export class Stopped extends Error {
  override readonly name = "Stopped";
}

/** Aborts at the first SIGINT or SIGTERM, so that everything is stopped in order; the second one ends at once. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const handle = (name: NodeJS.Signals): void => {
    // The watchdog stops what is left running.
    if (controller.signal.aborted) process.kill(process.pid, "SIGKILL");
    controller.abort(new Stopped(`stopped by ${name}`));
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
