import { wholeNumber } from "../core/limits.ts";

/** A session that can be cancelled. */
export interface CancelTarget {
  readonly connection: number;
  /** Notes that a cancellation is on its way; returns the statement that runs, or `null`. */
  cancel(): number | null;
}

/** What a CancelRequest has found; see {@link CancelRequestEvent}. */
export interface CancelFound {
  readonly matches: boolean | null;
  readonly target: { readonly connection: number; readonly statement: number | null } | null;
}

/**
 * Sessions of one server by their process and secret key, so that a CancelRequest, which comes on a connection of its
 * own, finds the one that it means. Keys are compared and never given out.
 */
export interface PostgresCancels {
  /** Sessions known, at most `maxSessions`. */
  readonly sessions: number;
  /** Called by connections: a session has its key. */
  register(processId: number, key: Uint8Array, target: CancelTarget): void;
  /** Called by connections: the session has ended. */
  forget(processId: number, target: CancelTarget): void;
  /** Called by connections: someone asks to cancel. */
  request(processId: number, key: Uint8Array): CancelFound;
}

/** Options of {@link createPostgresCancels}. */
export interface PostgresCancelsOptions {
  /** Sessions known at once; beyond, the oldest is forgotten. Default 10,000. */
  readonly maxSessions?: number;
}

/**
 * Creates an empty register.
 *
 * @throws RangeError when an option is out of its range.
 */
export function createPostgresCancels(options: PostgresCancelsOptions = {}): PostgresCancels {
  const maxSessions = wholeNumber("maxSessions", options.maxSessions ?? 10_000, { min: 1, max: 1_048_576 });
  const known = new Map<number, { key: Buffer; target: CancelTarget }>();
  return {
    get sessions() {
      return known.size;
    },
    register(processId, key, target) {
      known.delete(processId);
      known.set(processId, { key: Buffer.from(key), target });
      const [oldest] = known.keys();
      if (known.size > maxSessions && oldest !== undefined) known.delete(oldest);
    },
    forget(processId, target) {
      if (known.get(processId)?.target === target) known.delete(processId);
    },
    request(processId, key) {
      const session = known.get(processId);
      if (session === undefined) return { matches: null, target: null };
      if (!session.key.equals(key)) return { matches: false, target: null };
      const { target } = session;
      return { matches: true, target: { connection: target.connection, statement: target.cancel() } };
    },
  };
}
