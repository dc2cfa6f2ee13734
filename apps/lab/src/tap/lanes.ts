import type { Side } from "@polywire/wire/http2";
import type { HopEvent } from "./hop-event.ts";

/** What passed on connections over time: all frames of each in the order of the wire, and the same by stream. Plain JSON. */
export interface Lanes {
  /** Where the axis ends; it begins at the first event. */
  readonly totalMs: number;
  readonly connections: readonly LaneConnection[];
}

/** A stretch of the axis, in ms. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** One connection. */
export interface LaneConnection {
  readonly connection: number;
  readonly protocol: "HTTP/1.1" | "HTTP/2" | "WebSocket";
  readonly frames: readonly LaneFrame[];
  /** Streams of HTTP/2, exchanges of HTTP/1.1; a WebSocket is one. */
  readonly lanes: readonly Lane[];
  /** Lanes beyond the limit. */
  readonly omitted: number;
  /** When somebody could not send because the window of the connection was used up. */
  readonly stalls: readonly Span[];
  /** When nothing passed although several streams were open: they all waited. */
  readonly silences: readonly Span[];
}

/** A frame of HTTP/2 or WebSocket, or a head or piece of a body of HTTP/1.1. */
export interface LaneFrame {
  readonly atMs: number;
  readonly from: Side;
  /** 0: the connection's own. */
  readonly stream: number;
  /** `HEADERS`, `DATA`, …; of HTTP/1.1 and WebSocket `HEADERS` and `DATA` too. */
  readonly type: string;
  /** Of the payload. */
  readonly bytes: number;
}

/** One stream. */
export interface Lane extends Span {
  readonly stream: number;
  /** The path of its request. */
  readonly title: string;
  readonly end: "ended" | "open" | "reset";
  /** When its sender could not send because the window of the stream was used up. */
  readonly stalls: readonly Span[];
}

/** What is laid out. */
export interface LaneOptions {
  /** Streams shown for each connection. Default 24. */
  readonly maxLanes?: number;
  /** How long nothing must pass to be a silence, in ms. Default 50. */
  readonly minSilenceMs?: number;
}

type LaneDraft = { -readonly [Key in keyof Lane]: Lane[Key] } & { stalls: Span[]; stalledAtMs: number | null };
interface ConnectionDraft {
  readonly connection: number;
  protocol: LaneConnection["protocol"];
  readonly frames: LaneFrame[];
  readonly lanes: Map<number, LaneDraft>;
  readonly stalls: Span[];
  stalledAtMs: number | null;
}

/** Lays out the connections of one hop that these events show. */
export function lanesOf(events: readonly HopEvent[], options: LaneOptions = {}): Lanes {
  const { maxLanes = 24, minSilenceMs = 50 } = options;
  const drafts = new Map<number, ConnectionDraft>();
  const shown = events.filter(isShown);
  const fromMs = shown[0]?.atMs ?? 0;
  const totalMs = (shown.at(-1)?.atMs ?? fromMs) - fromMs;
  for (const seen of shown) {
    const draft = drafts.get(seen.connection) ?? begin(seen);
    drafts.set(seen.connection, draft);
    if (seen.layer === "http2") takeHttp2(draft, seen, seen.atMs - fromMs);
    else if (seen.layer === "http1") takeHttp1(draft, seen, seen.atMs - fromMs);
    else if (seen.layer === "websocket") takeWebSocket(draft, seen, seen.atMs - fromMs);
  }
  const connections = [...drafts.values()].map(({ connection, protocol, frames, lanes, stalls, stalledAtMs }) => {
    const all = [...lanes.values()].map((lane) => finish(lane, totalMs));
    return {
      ...{ connection, protocol, frames, stalls: closed(stalls, stalledAtMs, totalMs) },
      ...{ lanes: all.slice(0, maxLanes), omitted: Math.max(0, all.length - maxLanes) },
      silences: silencesOf(frames, { lanes: all, minSilenceMs }),
    };
  });
  return { totalMs, connections };
}

/** Whether an event is of a layer that lanes are made of. */
export function isShown({ layer }: HopEvent): boolean {
  return layer in PROTOCOLS;
}

const PROTOCOLS: Readonly<Partial<Record<HopEvent["layer"], LaneConnection["protocol"]>>> = {
  http1: "HTTP/1.1",
  http2: "HTTP/2",
  websocket: "WebSocket",
};

function begin({ connection, layer }: HopEvent): ConnectionDraft {
  return {
    connection,
    protocol: PROTOCOLS[layer] ?? "HTTP/1.1",
    frames: [],
    lanes: new Map(),
    stalls: [],
    stalledAtMs: null,
  };
}

function laneOf({ lanes }: ConnectionDraft, stream: number, atMs: number): LaneDraft {
  const known = lanes.get(stream);
  if (known !== undefined) return known;
  const lane: LaneDraft = {
    ...{ stream, title: "", fromMs: atMs, toMs: Number.POSITIVE_INFINITY, end: "open", stalls: [], stalledAtMs: null },
  };
  lanes.set(stream, lane);
  return lane;
}

function takeHttp2(draft: ConnectionDraft, { event }: HopEvent & { layer: "http2" }, atMs: number): void {
  if (event.type === "headers") {
    const path = event.block?.fields.find(({ name }) => name === ":path")?.value;
    if (event.kind === "request") laneOf(draft, event.streamId, atMs).title = path ?? "";
  } else if (event.type === "stream" && event.state === "closed") {
    const lane = laneOf(draft, event.streamId, atMs);
    if (lane.end !== "open") return;
    lane.toMs = atMs;
    lane.end = event.because === "end-stream" || event.because === "headers" ? "ended" : "reset";
  } else if (event.type === "frame") {
    const { frame, from, windows } = event;
    if (frame.type === "PREFACE") return;
    draft.frames.push({ atMs, from, stream: frame.streamId, type: frame.type, bytes: frame.length });
    if (frame.streamId > 0) laneOf(draft, frame.streamId, atMs);
    if (windows === undefined) return;
    const ending = frame.type === "DATA" && frame.endStream;
    if (windows.connection !== null) stall(draft, !ending && windows.connection <= 0, atMs);
    const lane = draft.lanes.get(frame.streamId);
    if (lane !== undefined && windows.stream !== null) stall(lane, !ending && windows.stream <= 0, atMs);
  }
}

function takeHttp1(draft: ConnectionDraft, { event }: HopEvent & { layer: "http1" }, atMs: number): void {
  if (event.type === "close") {
    for (const exchange of event.open) Object.assign(laneOf(draft, exchange + 1, atMs), { toMs: atMs, end: "reset" });
    return;
  }
  if (!("exchange" in event) || event.exchange === null) return;
  // Exchanges count from 0, and 0 is the connection's own here.
  const stream = event.exchange + 1;
  const lane = laneOf(draft, stream, atMs);
  if (event.type === "request") lane.title = event.target;
  if (event.type === "request" || event.type === "response") {
    draft.frames.push({ atMs, from: event.from, stream, type: "HEADERS", bytes: event.headBytes });
  } else if (event.type === "body") {
    draft.frames.push({ atMs, from: event.from, stream, type: "DATA", bytes: event.data.bytes });
  } else if (event.type === "switch" && event.protocol === "websocket") {
    draft.protocol = "WebSocket";
    Object.assign(lane, { toMs: Number.POSITIVE_INFINITY, end: "open" });
  } else if (event.type === "end" && event.from === "server") {
    lane.toMs = atMs;
    lane.end = event.complete ? "ended" : "reset";
  }
}

/** One lane, which began with the handshake where that was seen. */
function takeWebSocket(draft: ConnectionDraft, { event }: HopEvent & { layer: "websocket" }, atMs: number): void {
  const lane = laneOf(draft, Math.max(1, ...draft.lanes.keys()), atMs);
  if (event.type === "close") Object.assign(lane, { toMs: atMs, end: "ended" });
  if (event.type !== "frame") return;
  const { from, frame } = event;
  // Control frames have names of their own.
  const type = frame.opcode < 8 ? "DATA" : frame.name.toUpperCase();
  draft.frames.push({ atMs, from, stream: lane.stream, type, bytes: frame.length });
}

function stall(at: { stalls: Span[]; stalledAtMs: number | null }, isStalled: boolean, atMs: number): void {
  if (isStalled) at.stalledAtMs ??= atMs;
  else if (at.stalledAtMs !== null) {
    at.stalls.push({ fromMs: at.stalledAtMs, toMs: atMs });
    at.stalledAtMs = null;
  }
}

function closed(stalls: readonly Span[], stalledAtMs: number | null, endMs: number): Span[] {
  return stalledAtMs === null ? [...stalls] : [...stalls, { fromMs: stalledAtMs, toMs: endMs }];
}

function finish({ stalledAtMs, stalls, toMs, ...lane }: LaneDraft, totalMs: number): Lane {
  const endMs = Math.min(toMs, totalMs);
  return { ...lane, toMs: endMs, stalls: closed(stalls, stalledAtMs, endMs) };
}

function silencesOf(
  frames: readonly LaneFrame[],
  { lanes, minSilenceMs }: { readonly lanes: readonly Lane[]; readonly minSilenceMs: number },
): Span[] {
  return frames.slice(1).flatMap(({ atMs: toMs }, index) => {
    const fromMs = frames[index]?.atMs ?? toMs;
    if (toMs - fromMs < minSilenceMs) return [];
    const open = lanes.filter((lane) => lane.fromMs <= fromMs && lane.toMs >= toMs);
    return open.length > 1 ? [{ fromMs, toMs }] : [];
  });
}
