/** Lets a bounded number through at once. */
export interface Turns {
  /** Waits for a turn; the first to come is the first to go. */
  take(): Promise<void>;
  /** Ends a turn. */
  give(): void;
}

/** So many turns at once. Whoever waits is a caller under way: the callers bound the queue. */
export function createTurns(limit: number): Turns {
  const waiting: (() => void)[] = [];
  let free = limit;
  return {
    take: async () => {
      if (free === 0) return new Promise((resolve) => waiting.push(resolve));
      free -= 1;
    },
    give: () => {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    },
  };
}
