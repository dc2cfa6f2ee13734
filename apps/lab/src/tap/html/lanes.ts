import { formatCount, formatMs, formatWhole } from "../../terminal/table.ts";
import type { Lane, LaneConnection, LaneFrame, Lanes, Span } from "../lanes.ts";
import { type Html, html, NO_HTML } from "./html.ts";
import { type Bar, strip } from "./strip.ts";

/** How many colours the page has for streams. */
const COLOURS = 8;

/** Connections over time: the frames of each in the order of the wire, in the colours of their streams, and each stream alone. */
export function lanesHtml({ connections, totalMs }: Lanes): Html {
  if (connections.length === 0) return html`<p class="dim">No frames of HTTP passed here.</p>`;
  return html`<ul class="key"><li><i class="swatch head"></i>headers</li><li><i class="swatch s0"></i>data, in its stream's colour</li><li><i class="swatch stall"></i>window used up</li><li><i class="swatch silence"></i>nothing passes on any stream</li><li><i class="swatch reset"></i>reset</li></ul>
<div class="axis"><span>0</span><span>${formatMs(totalMs)} ms</span></div>
${connections.map((one) => connectionHtml(one, totalMs))}`;
}

function connectionHtml(connection: LaneConnection, totalMs: number): Html {
  const { connection: number, protocol, frames, lanes, omitted, silences, stalls } = connection;
  const colours = new Map(lanes.map(({ stream }, index) => [stream, `s${index % COLOURS}`]));
  const bars: Bar[] = [
    ...silences.map((span) => ({ from: span.fromMs, to: span.toMs, kind: "silence", tip: silenceTip(span) })),
    ...stalls.map((span) => ({ from: span.fromMs, to: span.toMs, kind: "stall", tip: stallTip(span, "connection") })),
    ...frames.map((frame) => frameBar(frame, colours.get(frame.stream) ?? "own")),
  ];
  const streams = lanes.length + omitted;
  const counted =
    protocol === "HTTP/1.1"
      ? `${formatCount(streams, "request")}, heads and bodies in ${formatCount(frames.length, "piece")}`
      : `${formatCount(frames.length, "frame")} on ${formatCount(streams, "stream")}`;
  const label = `${protocol} connection ${number}: ${counted}`;
  const more = omitted === 0 ? NO_HTML : html`<p class="dim">and ${omitted} more streams</p>`;
  return html`<section class="connection"><h4>${protocol} connection ${number} <span class="dim">${counted}</span></h4>
<ol class="rows">${streams > 1 ? html`<li class="wire"><div class="what"><b>as the connection sees it</b></div><div class="bar">${strip(bars, { total: totalMs, label })}</div><div class="facts"></div></li>` : NO_HTML}
${lanes.map((lane) => laneHtml(lane, { colour: colours.get(lane.stream) ?? "own", connection, totalMs }))}</ol>${more}</section>`;
}

interface LaneView {
  readonly colour: string;
  readonly connection: LaneConnection;
  readonly totalMs: number;
}

function laneHtml(lane: Lane, { colour, connection, totalMs }: LaneView): Html {
  const { stream, title, fromMs, toMs, end, stalls } = lane;
  const frames = connection.frames.filter((frame) => frame.stream === stream);
  const bytes = frames.reduce((sum, frame) => sum + (frame.type === "DATA" ? frame.bytes : 0), 0);
  const within = (span: Span): Span => ({ fromMs: Math.max(span.fromMs, fromMs), toMs: Math.min(span.toMs, toMs) });
  const waits = (spans: readonly Span[], kind: string): Bar[] =>
    spans.map(within).flatMap((span) => (span.toMs > span.fromMs ? [{ from: span.fromMs, to: span.toMs, kind }] : []));
  const bars: Bar[] = [
    { from: fromMs, to: toMs, kind: `open ${colour}`, top: 0.42, bottom: 0.58 },
    ...waits(connection.silences, "silence"),
    ...waits(connection.stalls, "stall"),
    ...waits(stalls, "stall"),
    ...frames.map((frame) => frameBar(frame, colour)),
  ];
  const took = `${formatMs(toMs - fromMs)} ms`;
  const state = end === "ended" ? NO_HTML : html`<span class="${end === "reset" ? "red" : "yellow"}">${end}</span>`;
  const label = `stream ${stream}, ${title}: from ${formatMs(fromMs)} ms, ${took}, ${frames.length} frames, ${bytes} bytes of data, ${end}`;
  return html`<li><div class="what"><i class="swatch ${colour}"></i> <b>${stream}</b> <span class="dim">${title.slice(title.lastIndexOf("/") + 1)}</span></div>
<div class="bar">${strip(bars, { total: totalMs, label })}</div><div class="facts"><span>${formatWhole(bytes)} B</span><span>${took}</span>${state}</div></li>`;
}

function frameBar({ atMs, from, type, bytes }: LaneFrame, colour: string): Bar {
  const tip = `${formatMs(atMs)} ms: ${type} of ${formatWhole(bytes)} B from the ${from}`;
  const at = { from: atMs, to: atMs, tip };
  if (type === "HEADERS" || type === "CONTINUATION") return { ...at, kind: "head", bottom: 0.4 };
  if (type === "RST_STREAM" || type === "GOAWAY") return { ...at, kind: "reset" };
  if (type === "DATA") return { ...at, kind: colour, top: from === "server" ? 0.3 : 0.65 };
  return { ...at, kind: "own", top: 0.75 };
}

function silenceTip({ fromMs, toMs }: Span): string {
  return `nothing passed for ${formatMs(toMs - fromMs)} ms`;
}

function stallTip({ fromMs, toMs }: Span, of: string): string {
  return `the window of the ${of} was used up for ${formatMs(toMs - fromMs)} ms`;
}
