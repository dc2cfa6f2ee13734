/** The layers that can be seen in a trace, and the handler inside of them. */
export type Place = "metrics" | "log" | "recover" | "auth" | "limit" | "handler";

/** What was seen of one call on the server. */
export interface Seen {
  handlerRuns: number;
  /** The ends that a layer was told of, by their codes. */
  readonly ends: { metrics: number[]; log: number[] };
  /** What recovery caught, in an interceptor or around the handler. */
  caught: number;
  /** Promises of handlers that were rejected and that nobody waited for: Node ends the process for one. */
  unhandled: number;
  /** What the log could tell of the call beside its end. */
  path: string;
  field: string;
  /** Which places the call entered and left, in order: `>auth`, `<auth`. */
  readonly trace: string[];
}

/** What happened to each call, by the id in its headers. */
export interface Book {
  of(call: string): Seen;
  enter(place: Place, call: string): void;
  leave(place: Place, call: string): void;
}

/** Opens an empty book. */
export function openBook(): Book {
  const calls = new Map<string, Seen>();
  const of = (call: string): Seen => {
    const known = calls.get(call);
    if (known) return known;
    const empty: Seen = {
      handlerRuns: 0,
      ends: { metrics: [], log: [] },
      caught: 0,
      unhandled: 0,
      path: "",
      field: "",
      trace: [],
    };
    calls.set(call, empty);
    return empty;
  };
  return {
    of,
    enter: (place, call) => void of(call).trace.push(`>${place}`),
    leave: (place, call) => void of(call).trace.push(`<${place}`),
  };
}
