import { createHpackDecoder, type HpackDecoder } from "../hpack/index.ts";
import { DEFAULT_MAX_FRAME_BYTES, DEFAULT_WINDOW_BYTES } from "./constants.ts";
import { createFrameDecoder, type FrameDecoder } from "./decoder.ts";
import type { Side } from "./events.ts";
import type { Setting } from "./frames.ts";
import { HeaderAssembly } from "./header-assembly.ts";
import type { FrameStart, Http2ConnectionOptions, ResolvedHttp2ConnectionOptions } from "./options.ts";

/** All that is known of one side as a sender. */
export interface Direction {
  readonly side: Side;
  readonly frames: FrameDecoder;
  readonly hpack: HpackDecoder;
  readonly assembly: HeaderAssembly;
  /** SETTINGS that this side has sent and the other has not acknowledged, oldest first. */
  readonly unacknowledged: (readonly Setting[])[];
  /** Whether the first frame, which must be SETTINGS, has been seen. */
  started: boolean;
  /** Whether all SETTINGS that this side must obey are known, so that its acknowledgements can be matched to them. */
  settingsKnown: boolean;
  /** Bytes of DATA that this side may still send on the connection; `null`: unknown. */
  window: number | null;
  /** What a new stream's window for this side begins with; `null`: unknown. */
  initialWindow: number | null;
  /** The other side's SETTINGS_MAX_FRAME_SIZE, once this side has acknowledged it; `null`: unknown. */
  maxFrameBytes: number | null;
}

/** The state at the start of a connection (RFC 9113 section 6.5.2), or of one that is joined in the middle. */
export function createDirection(
  side: Side,
  options: Http2ConnectionOptions,
  resolved: ResolvedHttp2ConnectionOptions,
): Direction {
  const fromStart = resolved.join === "start";
  const start: FrameStart = !fromStart ? "anywhere" : side === "client" ? "preface" : "frame";
  return {
    side,
    frames: createFrameDecoder({ ...options, start }),
    hpack: createHpackDecoder({ ...options, initialTable: fromStart ? "empty" : "unknown" }),
    assembly: new HeaderAssembly(resolved),
    unacknowledged: [],
    started: !fromStart,
    settingsKnown: fromStart,
    window: fromStart ? DEFAULT_WINDOW_BYTES : null,
    initialWindow: fromStart ? DEFAULT_WINDOW_BYTES : null,
    maxFrameBytes: fromStart ? DEFAULT_MAX_FRAME_BYTES : null,
  };
}
