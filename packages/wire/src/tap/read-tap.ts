import type { Side } from "../core/side.ts";
import { FRAME_HEADER_BYTES } from "../http2/constants.ts";
import type { TapEvent } from "./events.ts";
import type { BySide, TappedCall, TappedConnection, TapReading } from "./reading.ts";
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

type ConnectionDraft = Draft<Omit<TappedConnection, "bytes">> & { readonly bytes: Counters };

const zero = (): Counters => ({ client: 0, server: 0 });

class TapReader {
  readonly #connections = new Map<number, ConnectionDraft>();
  readonly #traffic = new Map<string, Traffic>();
  readonly #calls = new Map<string, CallDraft>();
  /** The call that is a WebSocket, by its connection. */
  readonly #sockets = new Map<number, number>();

  take({ raw, events }: TapRecord): void {
    const connection = this.#connection(raw.connection);
    if (raw.kind === "chunk") connection.bytes[raw.direction === "up" ? "client" : "server"] += raw.bytes.length;
    for (const event of events) this.#event(event, connection);
  }

  reading(): TapReading {
    const calls = [...this.#calls].map(([key, call]) => ({ ...call, ...(this.#traffic.get(key) ?? noTraffic()) }));
    return { connections: [...this.#connections.values()], calls };
  }

  #connection(connection: number): ConnectionDraft {
    const known = this.#connections.get(connection);
    if (known !== undefined) return known;
    const unknown = { protocol: null, openedAtMs: null, closedAtMs: null, closed: null };
    const draft = { connection, ...unknown, calls: 0, bytes: zero() };
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
        this.#http2(seen);
        break;
      case "websocket":
        this.#websocket(seen);
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

  #http2({ event, connection }: TapEvent & { layer: "http2" }): void {
    if (event.type === "headers") {
      this.#of(connection, event.streamId).headerBytes[event.from] += event.block?.encodedBytes ?? 0;
    } else if (event.type === "frame" && event.frame.streamId > 0) {
      const { frame, from } = event;
      count(this.#of(connection, frame.streamId), from, [frame.type, FRAME_HEADER_BYTES + frame.length]);
    }
  }

  #websocket({ event, connection }: TapEvent & { layer: "websocket" }): void {
    const call = this.#sockets.get(connection);
    if (event.type !== "frame" || call === undefined) return;
    const { name, headerBytes, length } = event.frame;
    count(this.#of(connection, call), event.from, [name, headerBytes + length]);
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

const OPEN = { answeredAtMs: null, endedAtMs: null, httpStatus: null, code: null, cancelledBy: null } as const;

function noTraffic(): Traffic {
  return { headerBytes: zero(), wireBytes: zero(), frames: { client: {}, server: {} } };
}

function count(traffic: Traffic, from: Side, [name, bytes]: readonly [string, number]): void {
  const frames = traffic.frames[from];
  frames[name] = (frames[name] ?? 0) + 1;
  traffic.wireBytes[from] += bytes;
}
