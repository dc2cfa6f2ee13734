import { headerValue } from "../../core/header-list.ts";
import type { Striker } from "../active-fault.ts";
import { isEventStream, sseBufferBytes } from "../event-stream.ts";
import type { BufferSseFault } from "../fault.ts";
import { type Http2Desk, type Http2Rule, isReply } from "./rule.ts";
import type { Unit } from "./units.ts";

/** Gathers the DATA of event streams. */
export function createSseBuffer(striker: Striker<BufferSseFault>, desk: Http2Desk): Http2Rule {
  const { path = "" } = striker.fault;
  const { connection } = desk;
  const most = sseBufferBytes(striker.fault, desk);
  const held = new Map<number, { units: Unit[]; bytes: number }>();
  const release = (stream: number): void => {
    const buffer = held.get(stream);
    if (buffer === undefined || buffer.bytes === 0) return;
    for (const unit of buffer.units) desk.pass(unit);
    striker.note({ connection, direction: "down", stream, what: "released", bytes: buffer.bytes });
    held.set(stream, { units: [], bytes: 0 });
  };
  return {
    passed(unit) {
      const stream = unit.frame?.streamId ?? 0;
      if (!isReply(unit) || !isEventStream(headerValue(unit.headers?.block?.fields ?? [], "content-type"))) return;
      if (desk.calls.get(stream)?.path.includes(path) === true && striker.strike()) {
        held.set(stream, { units: [], bytes: 0 });
      }
    },
    take(unit) {
      const { frame, from, raw } = unit;
      const stream = frame?.streamId ?? 0;
      const buffer = held.get(stream);
      if (buffer === undefined) return false;
      if (frame?.type === "DATA" && from === "server" && !frame.endStream) {
        buffer.units.push(unit);
        buffer.bytes += raw.length;
        striker.note({ connection, direction: "down", stream, what: "held", bytes: raw.length });
        if (buffer.bytes >= most) release(stream);
        return true;
      }
      if (frame?.type === "RST_STREAM" || (from === "server" && frame?.type !== "WINDOW_UPDATE")) {
        release(stream);
        held.delete(stream);
      }
      return false;
    },
    lift() {
      for (const stream of held.keys()) release(stream);
    },
    heldBytes: (side) => (side === "server" ? [...held.values()].reduce((sum, { bytes }) => sum + bytes, 0) : 0),
  };
}
