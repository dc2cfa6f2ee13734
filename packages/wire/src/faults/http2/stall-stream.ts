import type { Side } from "../../core/side.ts";
import type { Direction } from "../../proxy/index.ts";
import type { Striker } from "../active-fault.ts";
import type { StallStreamFault } from "../fault.ts";
import type { Http2Desk, Http2Rule } from "./rule.ts";
import type { Unit } from "./units.ts";

/** Holds what one side sends on the streams that it struck. */
export function createStall(striker: Striker<StallStreamFault>, desk: Http2Desk): Http2Rule {
  const { path = "", direction = "down" } = striker.fault;
  const from = sender(direction);
  const held = new Map<number, Unit[]>();
  let heldBytes = 0;
  const note = (what: "held" | "released" | "dropped", stream: number, bytes: number): void =>
    striker.note({ connection: desk.connection, direction, stream, what, bytes });
  const release = (stream: number, units: readonly Unit[]): void => {
    for (const unit of units) desk.pass(unit);
    note("released", stream, bytesOf(units));
  };
  return {
    begin(call) {
      if (call.path.includes(path) && striker.strike(1)) held.set(call.streamId, []);
    },
    take(unit) {
      const stream = unit.frame?.streamId ?? 0;
      const units = held.get(stream);
      if (units === undefined) return false;
      if (unit.from === from) {
        units.push(unit);
        heldBytes += unit.raw.length;
        note("held", stream, unit.raw.length);
        return true;
      }
      if (unit.frame?.type === "RST_STREAM") {
        // Nobody waits for it any more. What was sent on it still counts in the window of the whole connection.
        held.delete(stream);
        heldBytes -= bytesOf(units);
        note("dropped", stream, 0);
        desk.credit(from, flowControlled(units));
      }
      return false;
    },
    lift() {
      for (const [stream, units] of held) release(stream, units);
      held.clear();
      heldBytes = 0;
    },
    heldBytes: (side) => (side === from ? heldBytes : 0),
  };
}

/** Who sends in a direction. */
function sender(direction: Direction): Side {
  return direction === "up" ? "client" : "server";
}

/** What units have taken from the windows of their sender (RFC 9113 section 6.9.1). */
function flowControlled(units: readonly Unit[]): number {
  return units.reduce((sum, { frame }) => sum + (frame?.type === "DATA" ? frame.length : 0), 0);
}

function bytesOf(units: readonly Unit[]): number {
  return units.reduce((sum, { raw }) => sum + raw.length, 0);
}
