import { SETTING } from "./constants.ts";
import type { Direction } from "./direction.ts";
import type { Http2ErrorCode } from "./errors.ts";
import type { Setting } from "./frames.ts";
import type { StreamTable } from "./streams.ts";

/** A table size that no limit is known for. */
const ANY_TABLE_BYTES = 2 ** 32 - 1;

/**
 * Applies settings to the side that has just acknowledged them. That is the one point in its bytes from which they hold
 * (RFC 9113 section 6.5.3), however the two directions of the connection interleave.
 */
export function applySettings(
  to: Direction,
  settings: readonly Setting[],
  streams: StreamTable,
): Http2ErrorCode | undefined {
  let fault: Http2ErrorCode | undefined;
  for (const { id, value } of settings) {
    if (id === SETTING.HEADER_TABLE_SIZE) to.hpack.setAllowedTableBytes(value);
    else if (id === SETTING.MAX_FRAME_SIZE) to.maxFrameBytes = value;
    else if (id === SETTING.INITIAL_WINDOW_SIZE && to.initialWindow !== null) {
      if (!streams.moveWindows(to.side, value - to.initialWindow)) fault = "window_overflow";
      to.initialWindow = value;
    }
  }
  return fault;
}

/** Settings for this side were lost: what they governed is unknown from here on. */
export function forgetSettings(of: Direction, streams: StreamTable): void {
  of.settingsKnown = false;
  of.hpack.setAllowedTableBytes(ANY_TABLE_BYTES);
  of.maxFrameBytes = null;
  of.initialWindow = null;
  for (const stream of streams.tracked.values()) stream.window[of.side] = null;
}
