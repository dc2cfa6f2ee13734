import type { Side } from "../core/side.ts";
import type { StatementEvent, StatementOutcome } from "../postgres/index.ts";
import type { CloseReason } from "../proxy/index.ts";
import type { CallStyle } from "./call-events.ts";
import type { TapProtocol } from "./sniff.ts";

/** Something of each side. */
export type BySide<T> = Readonly<Record<Side, T>>;

/** What a tap saw, put together and counted. Times are those of the events: on the axis of `performance.now()`, in ms. */
export interface TapReading {
  /** In the order of acceptance. */
  readonly connections: readonly TappedConnection[];
  /** In the order in which they began. */
  readonly calls: readonly TappedCall[];
  /** Of PostgreSQL, in the order in which clients sent them. */
  readonly statements: readonly TappedStatement[];
}

/** One connection. */
export interface TappedConnection {
  readonly connection: number;
  /** `null`: it carried too little to tell. */
  readonly protocol: TapProtocol | null;
  /** `null`: before what the tap has kept. */
  readonly openedAtMs: number | null;
  /** `null`: still open. */
  readonly closedAtMs: number | null;
  readonly closed: CloseReason | null;
  /** How many calls began on it. */
  readonly calls: number;
  /** Everything that each side sent. */
  readonly bytes: BySide<number>;
  /** Frames of HTTP/2 and WebSocket, operations of NATS and messages of PostgreSQL, by name. */
  readonly frames: BySide<Readonly<Record<string, number>>>;
}

/** One statement of PostgreSQL, from its beginning to its end. */
export interface TappedStatement extends Pick<StatementEvent, "id" | "protocol" | "sql"> {
  readonly connection: number;
  readonly startedAtMs: number;
  /** `null`: still running. */
  readonly endedAtMs: number | null;
  /** `null`: still running. */
  readonly outcome: StatementOutcome | null;
  readonly rows: number;
  /** Whether a CancelRequest came for it, on whichever connection. */
  readonly cancelRequested: boolean;
}

/** One call: of gRPC, gRPC-Web or Connect, an exchange of HTTP, or a whole WebSocket. */
export interface TappedCall {
  readonly connection: number;
  /** The stream of HTTP/2, or the number of the request on a connection of HTTP/1.1. */
  readonly call: number;
  readonly style: CallStyle;
  /** Of HTTP. */
  readonly method: string;
  readonly path: string | null;
  readonly requestId: string | null;
  /** What the caller said was left of its deadline; `null`: nothing. */
  readonly timeoutMs: number | null;
  readonly startedAtMs: number;
  /** `null`: no head of a response has come. */
  readonly answeredAtMs: number | null;
  /** `null`: still open. */
  readonly endedAtMs: number | null;
  readonly httpStatus: number | null;
  /** As in `CallEnded`; `null`: open or given up. */
  readonly code: string | null;
  /** Who gave the call up; `null`: nobody. */
  readonly cancelledBy: Side | "unknown" | null;
  /** Messages that each side sent: of a stream each, else the body. */
  readonly messages: BySide<number>;
  /** Bytes of these messages on the wire, without framing. */
  readonly messageBytes: BySide<number>;
  /** Bytes of header blocks as HPACK wrote them, trailers included; of HTTP/1.1 the head. */
  readonly headerBytes: BySide<number>;
  /** Frames by name: of HTTP/2 on its stream (`DATA`, `RST_STREAM`, …), or of WebSocket (`text`, `ping`, …). */
  readonly frames: BySide<Readonly<Record<string, number>>>;
  /** Bytes of everything that belongs to it alone: its frames with their headers, or its messages of HTTP/1.1. */
  readonly wireBytes: BySide<number>;
}
