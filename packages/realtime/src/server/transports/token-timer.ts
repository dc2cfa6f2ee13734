/** Calls back when a token has expired. */
export interface TokenTimer {
  /** Waits for another time, epoch milliseconds. */
  set(expiresAtMs: number): void;
  stop(): void;
}

/** The longest wait that setTimeout can do; longer ones go on from there. */
const maxTimerMs = 2 ** 31 - 1;

/** Creates a timer that runs from the first `set`. */
export function startTokenTimer(clock: () => number, onExpired: () => void): TokenTimer {
  let timer: NodeJS.Timeout | undefined;

  function set(expiresAtMs: number) {
    clearTimeout(timer);
    const leftMs = Math.max(0, expiresAtMs - clock());
    timer = setTimeout(() => (leftMs > maxTimerMs ? set(expiresAtMs) : onExpired()), Math.min(leftMs, maxTimerMs));
  }

  return { set, stop: () => clearTimeout(timer) };
}
