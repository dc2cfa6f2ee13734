import { type Cursor, Recovery } from "@polywire/contract/polywire/type/v1/cursor";
import type { LogBounds } from "./event-log.ts";

/** What a resume finds, and the position after which delivery starts. */
export interface RecoveryAnswer {
  recovery: Recovery;
  cursor: Cursor;
}

/**
 * Decides what a resume from `cursor` finds in a log that keeps `bounds`. Every log answers by this one function.
 *
 * - no cursor: `LIVE` from the head;
 * - a position of this epoch that is still kept: `RECOVERED` from there;
 * - a position older than what is kept: `GAP`, from the oldest event kept;
 * - another epoch, or a position beyond the head (the numbering was cut back): `EPOCH_CHANGED` from the head.
 */
export function recover(cursor: Cursor | undefined, bounds: LogBounds): RecoveryAnswer {
  const { oldest, head } = bounds;
  if (cursor === undefined) {
    return { recovery: Recovery.LIVE, cursor: head };
  }
  if (cursor.epoch !== head.epoch || cursor.offset > head.offset) {
    return { recovery: Recovery.EPOCH_CHANGED, cursor: head };
  }
  if (cursor.offset < oldest.offset) {
    return { recovery: Recovery.GAP, cursor: oldest };
  }
  return { recovery: Recovery.RECOVERED, cursor };
}

/** The name of a recovery in logs and metrics. */
export type RecoveryName = "live" | "recovered" | "gap" | "epoch_changed";

/** Names a recovery. What a later version may add counts as `epoch_changed`: the reader must re-read its state. */
export function recoveryName(recovery: Recovery): RecoveryName {
  switch (recovery) {
    case Recovery.LIVE:
      return "live";
    case Recovery.RECOVERED:
      return "recovered";
    case Recovery.GAP:
      return "gap";
    default:
      return "epoch_changed";
  }
}
