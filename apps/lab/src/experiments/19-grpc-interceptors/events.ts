import type { Cell } from "./measure.ts";

const OBSERVERS = ["metrics", "log"] as const;

/** What counts and writes was to see of calls, and what of it did not arrive or arrived as something else. */
export interface Events {
  readonly expected: number;
  readonly lost: number;
}

/** Each call must be seen to end once, by metrics and by the log, with the code that the client got. */
export function eventsOf(cells: readonly Cell[]): Events {
  const seen = cells.flatMap(({ code, seen: { ends } }) =>
    OBSERVERS.map((observer) => ends[observer].length === 1 && ends[observer][0] === code),
  );
  return { expected: seen.length, lost: seen.filter((right) => !right).length };
}

/** The same for each order. */
export function eventsByOrder(cells: readonly Cell[]): (Events & Pick<Cell, "stack" | "order">)[] {
  const groups = Map.groupBy(cells, ({ stack, order }) => `${stack} ${order}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first ? [{ stack: first.stack, order: first.order, ...eventsOf(group) }] : [];
  });
}
