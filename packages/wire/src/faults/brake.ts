import type { Direction } from "../proxy/index.ts";
import type { Striker } from "./active-fault.ts";
import type { BandwidthFault, CutFault, Fault, FreezeFault, LatencyFault, SliceFault, WithholdFault } from "./fault.ts";

/** The next bytes of a direction, which ask whether they may go on. */
export interface Piece {
  /** Bytes that have gone on before it. */
  readonly offset: number;
  /** How many may go on at most; a brake makes it less. */
  bytes: number;
  /** When it was read, on the axis of `now`. */
  readonly arrivedAt: number;
}

/** What one fault does to the bytes of one direction of one connection. Knows no sockets and no clock. */
export interface Brake {
  readonly striker: Striker;
  /** Whether the sender is not to be read at all. */
  readonly stopsReading: boolean;
  /** Bytes were read that will stand at this offset. */
  arrived(bytes: number, offset: number, now: number): void;
  /** When the piece may go on, in ms on the axis of `now`; infinite: when the fault is lifted. May shorten the piece. */
  admit(piece: Piece, now: number): number;
  /** The piece has gone on. */
  passed(piece: Piece, now: number): void;
  /** The fault is lifted: so many bytes that waited go on. */
  lift(bytes: number): void;
}

/** Where a brake works. */
export interface BrakePlace {
  readonly connection: number;
  readonly direction: Direction;
  /** Bytes that had gone on when the brake was put there. */
  readonly start: number;
  /** Ends the connection. */
  cut(striker: Striker<CutFault>): void;
}

/** Makes the brake of a fault, or none for those that work otherwise. */
export function createBrake(striker: Striker, place: BrakePlace): Brake | undefined {
  const { fault } = striker;
  switch (fault.kind) {
    case "latency":
      return latency(striker as Striker<LatencyFault>, place);
    case "bandwidth":
      return bandwidth(striker as Striker<BandwidthFault>, place);
    case "slice":
      return slice(striker as Striker<SliceFault>, place);
    case "freeze":
      return freeze(striker as Striker<FreezeFault>, place);
    case "withhold":
      return withhold(striker as Striker<WithholdFault>, place);
    case "cut":
    case "reset":
      return fault.afterMs === undefined ? cut(striker as Striker<CutFault>, place) : undefined;
    default:
      return undefined;
  }
}

/** A brake that lets everything pass, to be changed. */
function brake(striker: Striker<Fault>, parts: Partial<Brake>): Brake {
  return {
    striker,
    stopsReading: false,
    arrived: () => undefined,
    admit: (_, now) => now,
    passed: () => undefined,
    lift: () => undefined,
    ...parts,
  };
}

function latency(striker: Striker<LatencyFault>, { connection, direction }: BrakePlace): Brake {
  const { ms, jitterMs = 0 } = striker.fault;
  /** What was read since, oldest first. */
  const waiting: { readonly start: number; readonly end: number; readonly due: number }[] = [];
  return brake(striker, {
    arrived(bytes, start, now) {
      if (!striker.strike()) return;
      const delay = ms + (2 * striker.random() - 1) * jitterMs;
      striker.note({ connection, direction, stream: null, what: "delayed", bytes });
      waiting.push({ start, end: start + bytes, due: now + delay });
    },
    admit(piece, now) {
      while (waiting[0] !== undefined && waiting[0].end <= piece.offset) waiting.shift();
      const [first] = waiting;
      if (first === undefined) return now;
      const isIn = first.start <= piece.offset;
      piece.bytes = Math.min(piece.bytes, (isIn ? first.end : first.start) - piece.offset);
      return isIn ? first.due : now;
    },
  });
}

/** So much is let through at a time, in ms of the rate: small enough to be even, large enough to be cheap. */
const BANDWIDTH_STEP_MS = 10;

function bandwidth(striker: Striker<BandwidthFault>, { connection, direction }: BrakePlace): Brake {
  const { bytesPerSecond } = striker.fault;
  const step = Math.max(1, Math.floor((bytesPerSecond * BANDWIDTH_STEP_MS) / 1000));
  let freeAt = 0;
  return brake(striker, {
    admit(piece) {
      piece.bytes = Math.min(piece.bytes, step);
      return freeAt;
    },
    passed({ bytes, arrivedAt }, now) {
      if (arrivedAt < freeAt && striker.strike()) {
        striker.note({ connection, direction, stream: null, what: "delayed", bytes });
      }
      freeAt = Math.max(freeAt, now) + (bytes * 1000) / bytesPerSecond;
    },
  });
}

function slice(striker: Striker<SliceFault>, { connection, direction }: BrakePlace): Brake {
  const { bytes: most, gapMs = 1 } = striker.fault;
  let nextAt = 0;
  let slicing = true;
  return brake(striker, {
    admit(piece, now) {
      if (!slicing) return now;
      piece.bytes = Math.min(piece.bytes, most);
      return nextAt;
    },
    passed({ bytes }, now) {
      slicing &&= striker.strike();
      if (!slicing) return;
      striker.note({ connection, direction, stream: null, what: "delayed", bytes });
      nextAt = now + gapMs;
    },
  });
}

function freeze(striker: Striker<FreezeFault>, { connection, direction }: BrakePlace): Brake {
  const strikes = striker.strike();
  const note = (what: "held" | "released", bytes: number): void =>
    striker.note({ connection, direction, stream: null, what, bytes });
  if (!strikes) return brake(striker, {});
  note("held", 0);
  return brake(striker, {
    stopsReading: true,
    arrived: (bytes) => note("held", bytes),
    admit: () => Number.POSITIVE_INFINITY,
    lift: (bytes) => note("released", bytes),
  });
}

function withhold(striker: Striker<WithholdFault>, { connection, direction, start }: BrakePlace): Brake {
  const from = start + (striker.fault.from ?? 0);
  let struck: boolean | undefined;
  const note = (what: "held" | "released", bytes: number): void =>
    striker.note({ connection, direction, stream: null, what, bytes });
  return brake(striker, {
    arrived(bytes) {
      if (struck === true) note("held", bytes);
    },
    admit(piece, now) {
      if (struck === false || piece.offset + piece.bytes <= from) return now;
      if (piece.offset < from) {
        piece.bytes = from - piece.offset;
        return now;
      }
      if (struck === undefined) {
        struck = striker.strike(1);
        if (struck) note("held", piece.bytes);
      }
      return struck ? Number.POSITIVE_INFINITY : now;
    },
    lift(bytes) {
      if (struck === true) note("released", bytes);
    },
  });
}

function cut(striker: Striker<CutFault>, place: BrakePlace): Brake {
  const end = place.start + (striker.fault.afterBytes ?? 0);
  let struck: boolean | undefined;
  return brake(striker, {
    admit(piece, now) {
      if (struck === false || piece.offset + piece.bytes <= end) return now;
      if (piece.offset < end) {
        piece.bytes = end - piece.offset;
        return now;
      }
      struck ??= striker.strike();
      if (!struck) return now;
      place.cut(striker);
      return Number.POSITIVE_INFINITY;
    },
  });
}
