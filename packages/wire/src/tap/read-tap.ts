import { FRAME_HEADER_BYTES } from "../http2/constants.ts";
import type { TapEvent } from "./events.ts";
import type { BySide, TappedCall, TappedConnection, TappedStatement, TapReading } from "./reading.ts";
import type { TapRecord } from "./ring.ts";
import type { Tap } from "./tap.ts";

/**
 * Puts together and counts what a tap has seen: since it was opened, or since its `clear()`. Calls and connections of which
 * the tap has not kept the beginning are not counted.
 *
 * @throws RangeError when the tap had to forget events: the counts would be too low. Raise `maxEvents` or `maxBytes`.
 */
export function readTap(tap: Pick<Tap, "dropped" | "records">): TapReading {
  if (tap.dropped > 0) {
    throw new RangeError(`the tap has forgotten ${tap.dropped} events: raise its maxEvents or maxBytes`);
  }
  const reader = new TapReader();
  for (const record of tap.records()) reader.take(record);
  return reader.reading();
}

type Draft<T> = { -readonly [Key in keyof T]: T[Key] };
type Counters = Draft<BySide<number>>;

/** What frames and heads say of one stream or exchange; whether a call is on it shows only behind them. */
interface Traffic {
  readonly headerBytes: Counters;
  readonly wireBytes: Counters;
  readonly frames: BySide<Record<string, number>>;
}

type CallDraft = Draft<Omit<TappedCall, keyof Traffic | "messages" | "messageBytes">> & {
  readonly messages: Counters;
  readonly messageBytes: Counters;
};

type ConnectionDraft = Draft<Omit<TappedConnection, "bytes" | "frames">> & {
  readonly bytes: Counters;
  readonly frames: Traffic["frames"];
};

const zero = (): Counters => ({ client: 0, server: 0 });

class TapReader {
  readonly #connections = new Map<number, ConnectionDraft>();
  readonly #traffic = new Map<string, Traffic>();
  readonly #calls = new Map<string, CallDraft>();
  readonly #statements = new Map<string, Draft<TappedStatement>>();
  /** The call that is a WebSocket, by its connection. */
  readonly #sockets = new Map<number, number>();

  take({ raw, events }: TapRecord): void {
    const connection = this.#connection(raw.connection);
    if (raw.kind === "chunk") connection.bytes[raw.direction === "up" ? "client" : "server"] += raw.bytes.length;
    for (const event of events) this.#event(event, connection);
  }

  reading(): TapReading {
    const calls = [...this.#calls].map(([key, call]) => ({ ...call, ...(this.#traffic.get(key) ?? noTraffic()) }));
    return { connections: [...this.#connections.values()], calls, statements: [...this.#statements.values()] };
  }

  #connection(connection: number): ConnectionDraft {
    const known = this.#connections.get(connection);
    if (known !== undefined) return known;
    const unknown = { protocol: null, openedAtMs: null, closedAtMs: null, closed: null };
    const draft = { connection, ...unknown, calls: 0, bytes: zero(), frames: { client: {}, server: {} } };
    this.#connections.set(connection, draft);
    return draft;
  }

  #of(connection: number, call: number): Traffic {
    const key = `${connection} ${call}`;
    const known = this.#traffic.get(key);
    if (known !== undefined) return known;
    const traffic = noTraffic();
    this.#traffic.set(key, traffic);
    return traffic;
  }

  #event(seen: TapEvent, connection: ConnectionDraft): void {
    switch (seen.layer) {
      case "tcp":
        this.#tcp(seen, connection);
        break;
      case "http1":
        this.#http1(seen);
        break;
      case "http2":
        this.#http2(seen, connection);
        break;
      case "websocket":
        this.#websocket(seen, connection);
        break;
      case "nats":
        if ("wireBytes" in seen.event) increment(connection.frames[seen.event.from], seen.event.type);
        break;
      case "postgres":
        this.#postgres(seen, connection);
        break;
      case "call":
        this.#call(seen, connection);
    }
  }

  #tcp({ event, atMs }: TapEvent & { layer: "tcp" }, connection: ConnectionDraft): void {
    if (event.type === "open") connection.openedAtMs = atMs;
    else if (event.type === "protocol") connection.protocol = event.protocol;
    else if (event.type === "close") {
      connection.closedAtMs = atMs;
      connection.closed = event.reason;
    }
  }

  #http1({ event, connection }: TapEvent & { layer: "http1" }): void {
    if (event.type !== "request" && event.type !== "response" && event.type !== "end") return;
    if (event.exchange === null) return;
    const traffic = this.#of(connection, event.exchange);
    if (event.type === "end") traffic.wireBytes[event.from] += event.wireBytes;
    else traffic.headerBytes[event.from] += event.headBytes;
  }

  #http2({ event, connection }: TapEvent & { layer: "http2" }, of: ConnectionDraft): void {
    if (event.type === "headers") {
      this.#of(connection, event.streamId).headerBytes[event.from] += event.block?.encodedBytes ?? 0;
    } else if (event.type === "frame") {
      const { frame, from } = event;
      increment(of.frames[from], frame.type);
      if (frame.streamId === 0) return;
      const traffic = this.#of(connection, frame.streamId);
      increment(traffic.frames[from], frame.type);
      traffic.wireBytes[from] += FRAME_HEADER_BYTES + frame.length;
    }
  }

  #websocket({ event, connection }: TapEvent & { layer: "websocket" }, of: ConnectionDraft): void {
    if (event.type !== "frame") return;
    const { name, headerBytes, length } = event.frame;
    increment(of.frames[event.from], name);
    const call = this.#sockets.get(connection);
    if (call === undefined) return;
    const traffic = this.#of(connection, call);
    increment(traffic.frames[event.from], name);
    traffic.wireBytes[event.from] += headerBytes + length;
  }

  #postgres({ event, connection, atMs }: TapEvent & { layer: "postgres" }, of: ConnectionDraft): void {
    if (event.type === "message") increment(of.frames[event.from], event.message.name);
    else if (event.type === "statement") {
      const { id, protocol, sql } = event;
      const started = { connection, id, protocol, sql, startedAtMs: atMs };
      this.#statements.set(`${connection} ${id}`, { ...started, ...RUNNING });
    } else if (event.type === "statement-end") {
      const statement = this.#statements.get(`${connection} ${event.id}`);
      if (statement === undefined) return;
      const { outcome, rows, cancelRequested } = event;
      Object.assign(statement, { endedAtMs: atMs, outcome, rows, cancelRequested });
    }
  }

  #call({ event, connection, atMs }: TapEvent & { layer: "call" }, of: ConnectionDraft): void {
    const key = `${connection} ${event.call}`;
    if (event.type === "call") {
      const { call, style, method, path, requestId, timeoutMs } = event;
      const started = { connection, call, style, method, path, requestId, timeoutMs, startedAtMs: atMs };
      this.#calls.set(key, { ...started, ...OPEN, messages: zero(), messageBytes: zero() });
      if (style === "websocket") this.#sockets.set(connection, call);
      of.calls += 1;
      return;
    }
    const call = this.#calls.get(key);
    if (call === undefined) return;
    switch (event.type) {
      case "answer":
        call.answeredAtMs = atMs;
        call.httpStatus = event.httpStatus;
        call.requestId ??= event.requestId;
        break;
      case "message":
        call.messages[event.from] += 1;
        call.messageBytes[event.from] += event.length;
        break;
      case "end":
        call.endedAtMs = atMs;
        call.code = event.code;
        call.requestId ??= event.requestId;
        break;
      case "cancel":
        call.endedAtMs = atMs;
        call.cancelledBy = event.from ?? "unknown";
        break;
      case "error":
        break;
    }
  }
}

const RUNNING = { endedAtMs: null, outcome: null, rows: 0, cancelRequested: false } as const;
const OPEN = { answeredAtMs: null, endedAtMs: null, httpStatus: null, code: null, cancelledBy: null } as const;

function noTraffic(): Traffic {
  return { headerBytes: zero(), wireBytes: zero(), frames: { client: {}, server: {} } };
}

function increment(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
