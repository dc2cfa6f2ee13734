/** Wakes one waiting loop. A call while nobody waits is kept, several count as one. */
export interface WakeUp {
  wake(): void;
  /** Resolves at the next call, after `timeoutMs`, or when the signal aborts: whichever comes first. */
  wait(timeoutMs: number, signal: AbortSignal): Promise<void>;
}

/** Makes a wake-up that nobody has called yet. */
export function createWakeUp(): WakeUp {
  let called = false;
  let resume = (): void => {};
  return {
    wake() {
      called = true;
      resume();
    },
    async wait(timeoutMs, signal) {
      if (!called && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const timer = setTimeout(resolve, timeoutMs);
        resume = resolve;
        signal.addEventListener("abort", resume);
        await promise;
        signal.removeEventListener("abort", resume);
        clearTimeout(timer);
        resume = () => {};
      }
      called = false;
    },
  };
}
