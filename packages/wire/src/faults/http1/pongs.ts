import type { Side } from "../../core/side.ts";
import { createWebSocketConnection, OPCODE, type WebSocketFrame } from "../../websocket/index.ts";
import type { Striker } from "../active-fault.ts";
import { Cutter } from "../cutter.ts";

/** Leaves out pongs of a WebSocket, from the first byte behind its handshake. */
export interface PongFilter {
  /** Takes the next bytes of a side; returns what goes on. */
  push(from: Side, chunk: Uint8Array): Uint8Array;
  /** The side has ended; returns what waited. */
  end(from: Side): Uint8Array;
  /** Bytes that wait for the rest of their frame. */
  heldBytes(from: Side): number;
}

/** What {@link createPongFilter} is told. */
export interface PongFilterOptions {
  readonly connection: number;
  /** Looked through at each pong. */
  readonly strikers: ReadonlySet<Striker>;
}

/** A control frame has 125 bytes at most (RFC 6455 section 5.5), behind 14 of its header: more is no pong. */
const LARGEST_PONG = 139;

/** Creates the filter. */
export function createPongFilter({ connection, strikers }: PongFilterOptions): PongFilter {
  // Of messages nothing is asked: what is compressed stays so.
  const view = createWebSocketConnection();
  const cutters = { client: new Cutter(), server: new Cutter() };

  const swallows = (from: Side, bytes: number): boolean => {
    const direction = from === "client" ? "up" : "down";
    for (const striker of strikers) {
      const { fault } = striker;
      if (fault.kind !== "swallow-pongs" || (fault.direction ?? "up") !== direction || !striker.strike()) continue;
      striker.note({ connection, direction, stream: null, what: "dropped", bytes });
      return true;
    }
    return false;
  };
  return {
    push(from, chunk) {
      const cutter = cutters[from];
      const kept = [cutter.push(chunk)];
      for (const event of view.push(from, chunk)) {
        if (event.type !== "frame") continue;
        const { end, bytes } = extentOf(event.frame);
        const raw = cutter.takeTo(end);
        const isWholePong = event.frame.opcode === OPCODE.PONG && raw.length === bytes;
        if (!isWholePong || !swallows(from, bytes)) kept.push(raw);
      }
      if (cutter.heldBytes > LARGEST_PONG) kept.push(cutter.takeAll());
      return kept.length === 1 ? (kept[0] as Uint8Array) : Buffer.concat(kept);
    },
    end: (from) => cutters[from].takeAll(),
    heldBytes: (from) => cutters[from].heldBytes,
  };
}

function extentOf({ offset, headerBytes, length }: WebSocketFrame): { readonly end: number; readonly bytes: number } {
  return { end: offset + headerBytes + length, bytes: headerBytes + length };
}
