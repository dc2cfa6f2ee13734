import { MAX_31_BITS } from "./constants.ts";
import type { Direction } from "./direction.ts";
import type { Http2ErrorCode } from "./errors.ts";
import type { Windows } from "./events.ts";
import type { TrackedStream } from "./streams.ts";

/** Takes the flow-controlled bytes of a DATA frame, padding included, from its sender's windows (RFC 9113 section 6.9.1). */
export function spend(from: Direction, stream: TrackedStream | undefined, bytes: number): Http2ErrorCode | undefined {
  let least = 0;
  if (from.window !== null) {
    from.window -= bytes;
    least = from.window;
  }
  if (stream !== undefined) {
    stream.sentBytes[from.side] += bytes;
    const left = stream.window[from.side];
    if (left !== null) {
      stream.window[from.side] = left - bytes;
      least = Math.min(least, left - bytes);
    }
  }
  // An empty frame may always be sent, on a window that a lowered setting has made negative too.
  return least < 0 && bytes > 0 ? "window_exceeded" : undefined;
}

/** Adds to a window of the side that receives a WINDOW_UPDATE: the stream's, or the connection's where there is none. */
export function grant(to: Direction, stream: TrackedStream | undefined, increment: number): Http2ErrorCode | undefined {
  const before = stream === undefined ? to.window : stream.window[to.side];
  if (before === null) return undefined;
  const after = before + increment;
  if (stream === undefined) to.window = after;
  else stream.window[to.side] = after;
  return after > MAX_31_BITS ? "window_overflow" : undefined;
}

/** What a side has left on the connection and on one stream. */
export function windowsOf(sender: Direction, stream: TrackedStream | undefined): Windows {
  return { of: sender.side, connection: sender.window, stream: stream?.window[sender.side] ?? null };
}
