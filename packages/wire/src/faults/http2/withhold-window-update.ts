import { FRAME_HEADER_BYTES } from "../../http2/index.ts";
import type { Striker } from "../active-fault.ts";
import type { WithholdWindowUpdateFault } from "../fault.ts";
import { type Http2Desk, type Http2Rule, isMeant, senderOf } from "./rule.ts";

/** Holds what one side grants the other, as sums by stream. */
export function createWindowHold(striker: Striker<WithholdWindowUpdateFault>, desk: Http2Desk): Http2Rule {
  const { path, stream: only, direction = "up" } = striker.fault;
  const { connection } = desk;
  const from = senderOf(direction);
  /** Never more than the other side has sent, so it can always be granted in one frame. */
  const held = new Map<number, number>();
  const isAny = path === undefined && only === undefined;
  const holds = (stream: number): boolean => {
    const call = desk.calls.get(stream);
    return isAny || (call !== undefined && isMeant(striker.fault, call));
  };
  return {
    take({ from: side, frame, raw }) {
      if (frame?.type !== "WINDOW_UPDATE" || side !== from) return false;
      const { streamId: stream, increment } = frame;
      if (!holds(stream) || !striker.strike()) return false;
      // Of streams that are over, nothing is to be given out.
      for (const known of held.keys()) if (known > 0 && !desk.calls.has(known)) held.delete(known);
      held.set(stream, (held.get(stream) ?? 0) + increment);
      striker.note({ connection, direction, stream, what: "held", bytes: raw.length });
      return true;
    },
    lift() {
      for (const [stream, increment] of held) {
        if (stream > 0 && !desk.calls.has(stream)) continue;
        desk.write(from, FRAME_HEADER_BYTES + 4, (frames) => frames.windowUpdate(stream, increment));
        striker.note({ connection, direction, stream, what: "released", bytes: FRAME_HEADER_BYTES + 4 });
      }
      held.clear();
    },
  };
}
