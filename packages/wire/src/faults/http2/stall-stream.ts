import type { Striker } from "../active-fault.ts";
import type { StallStreamFault } from "../fault.ts";
import { flowControlled, type Http2Desk, type Http2Rule, isMeant, senderOf } from "./rule.ts";
import type { Unit } from "./units.ts";

/** Holds what one side sends on the streams that it struck. */
export function createStall(striker: Striker<StallStreamFault>, desk: Http2Desk): Http2Rule {
  const { direction = "down" } = striker.fault;
  const { connection } = desk;
  const from = senderOf(direction);
  const held = new Map<number, Unit[]>();
  let heldBytes = 0;
  return {
    begin(call) {
      if (isMeant(striker.fault, call) && striker.strike(1)) held.set(call.streamId, []);
    },
    take(unit) {
      const stream = unit.frame?.streamId ?? 0;
      const units = held.get(stream);
      if (units === undefined) return false;
      if (unit.from === from) {
        units.push(unit);
        heldBytes += unit.raw.length;
        striker.note({ connection, direction, stream, what: "held", bytes: unit.raw.length });
        return true;
      }
      if (unit.frame?.type === "RST_STREAM") {
        // Nobody waits for it any more. What was sent on it still counts in the window of the whole connection.
        held.delete(stream);
        heldBytes -= bytesOf(units);
        striker.note({ connection, direction, stream, what: "dropped", bytes: 0 });
        desk.credit(
          from,
          units.reduce((sum, one) => sum + flowControlled(one), 0),
        );
      }
      return false;
    },
    lift() {
      for (const [stream, units] of held) {
        for (const unit of units) desk.pass(unit);
        striker.note({ connection, direction, stream, what: "released", bytes: bytesOf(units) });
      }
      held.clear();
      heldBytes = 0;
    },
    heldBytes: (side) => (side === from ? heldBytes : 0),
  };
}

function bytesOf(units: readonly Unit[]): number {
  return units.reduce((sum, { raw }) => sum + raw.length, 0);
}
