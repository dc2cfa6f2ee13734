import type { Side } from "../core/side.ts";
import { MAX_31_BITS } from "./constants.ts";
import type { StreamState } from "./events.ts";

/** One stream that is neither idle nor closed. */
export interface TrackedStream {
  readonly id: number;
  state: StreamState;
  /** Bytes that each side may still send on the stream; `null`: unknown. */
  readonly window: Record<Side, number | null>;
  /** Flow-controlled bytes that each side has sent. */
  readonly sentBytes: Record<Side, number>;
}

/** Who may open a stream with this identifier (RFC 9113 section 5.1.1). */
export function initiatorOf(streamId: number): Side {
  return streamId % 2 === 1 ? "client" : "server";
}

/** The state after one side has sent END_STREAM (RFC 9113 section 5.1). */
export function endedBy(side: Side, state: StreamState): StreamState {
  if (state === "open") return side === "client" ? "half-closed-client" : "half-closed-server";
  return "closed";
}

/** Whether the side may no longer send HEADERS or DATA on a stream in this state. */
export function hasEnded(side: Side, state: StreamState): boolean {
  if (state === "reserved") return side === "client";
  return state === "closed" || state === (side === "client" ? "half-closed-client" : "half-closed-server");
}

/** The streams of one connection, bounded in number. Closed ones are not kept: identifiers are never used again. */
export class StreamTable {
  readonly tracked = new Map<number, TrackedStream>();
  readonly #maxStreams: number;
  readonly #highest: Record<Side, number> = { client: 0, server: 0 };

  constructor(maxStreams: number) {
    this.#maxStreams = maxStreams;
  }

  /** Whether the identifier is one that has not been used, nor passed over, by its side. */
  isIdle(streamId: number): boolean {
    return streamId > this.#highest[initiatorOf(streamId)];
  }

  /** Takes a new stream in, or only notes its identifier and returns `undefined` when the table is full. */
  open(id: number, state: StreamState, window: Record<Side, number | null>): TrackedStream | undefined {
    this.#highest[initiatorOf(id)] = id;
    if (this.tracked.size >= this.#maxStreams) return undefined;
    const stream: TrackedStream = { id, state, window, sentBytes: { client: 0, server: 0 } };
    this.tracked.set(id, stream);
    return stream;
  }

  /** Moves the stream on, and forgets it when it is closed. */
  setState(stream: TrackedStream, state: StreamState): void {
    stream.state = state;
    if (state === "closed") this.tracked.delete(stream.id);
  }

  /**
   * A changed SETTINGS_INITIAL_WINDOW_SIZE moves the windows of all streams (RFC 9113 section 6.9.2).
   *
   * @returns false when one of them would grow beyond 2^31-1.
   */
  moveWindows(of: Side, difference: number): boolean {
    let fits = true;
    for (const { window } of this.tracked.values()) {
      const moved = window[of] === null ? null : window[of] + difference;
      window[of] = moved;
      if (moved !== null && moved > MAX_31_BITS) fits = false;
    }
    return fits;
  }
}
