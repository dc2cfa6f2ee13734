import { styleText } from "node:util";
import { columnsOf, cutTo, padTo } from "../terminal/columns.ts";
import { formatMs } from "../terminal/table.ts";
import { TEXT_COLUMNS } from "../terminal/wrap.ts";
import { drawMessage } from "./draw-message.ts";
import { explainHttp1 } from "./explain-http1.ts";
import { explainHttp2 } from "./explain-http2.ts";
import { explainNats } from "./explain-nats.ts";
import { explainPostgres } from "./explain-postgres.ts";
import { explainWebSocket } from "./explain-websocket.ts";
import type { HopEvent } from "./hop-event.ts";
import { DETAIL_COLUMNS, type WireLine } from "./wire-line.ts";

/** Every byte that a tap saw, explained, in the order of the wire; times in ms from `startMs`, by default the first. 80 columns. */
export function drawWire(events: readonly HopEvent[], startMs = events[0]?.atMs ?? 0): string {
  return events.flatMap((event) => explain(event).map((line) => drawLine(line, event.atMs - startMs))).join("\n");
}

function explain(seen: HopEvent): readonly WireLine[] {
  switch (seen.layer) {
    case "tcp":
      return explainConnection(seen.event);
    case "http1":
      return explainHttp1(seen.event);
    case "http2":
      return explainHttp2(seen.event);
    case "websocket":
      return explainWebSocket(seen.event);
    case "nats":
      return explainNats(seen.event);
    case "postgres":
      return explainPostgres(seen.event);
    case "call":
      return seen.event.type === "message" ? [{ details: drawMessage(seen.event) }] : [];
  }
}

function explainConnection(event: (HopEvent & { layer: "tcp" })["event"]): WireLine[] {
  switch (event.type) {
    case "open": {
      const { client, server } = event;
      return [{ note: `connection from port ${client.port} to ${server.host}:${server.port}` }];
    }
    case "protocol":
      return [{ note: PROTOCOLS[event.protocol] }];
    case "bytes":
      return [{ from: event.from, title: "bytes", bytes: `${event.bytes.bytes} B` }];
    case "half-close":
      return [{ from: event.from, title: "FIN", note: "no more bytes from this side" }];
    case "close":
      return [{ note: `connection ${event.reason}` }];
  }
}

const PROTOCOLS = {
  http1: "speaks HTTP/1.1",
  http2: "speaks HTTP/2",
  nats: "speaks the NATS client protocol",
  postgres: "speaks the PostgreSQL protocol",
  opaque: "speaks a protocol that is not decoded",
} as const;

const TIME_COLUMNS = 7;
const STREAM_COLUMNS = 4;
/** Where titles begin. */
const INDENT = TIME_COLUMNS + 1 + 2 + STREAM_COLUMNS + 1;
const HEAD_COLUMNS = TEXT_COLUMNS - INDENT;

function drawLine({ from, stream, title, flags = [], bytes, note, details = [] }: WireLine, atMs: number): string {
  const inner = details.map((detail) => `${" ".repeat(TEXT_COLUMNS - DETAIL_COLUMNS)}${detail}`);
  if (title === undefined && note === undefined) return inner.join("\n");
  const time = styleText("dim", formatMs(atMs).padStart(TIME_COLUMNS));
  const arrow = from === undefined ? " " : from === "client" ? styleText("cyan", "→") : styleText("magenta", "←");
  const of = styleText("dim", String(stream ?? "").padStart(STREAM_COLUMNS));
  const size = bytes === undefined ? "" : ` ${styleText("dim", bytes)}`;
  const flagged = flags.map((flag) => ` ${styleText("yellow", flag)}`).join("");
  const room = HEAD_COLUMNS - columnsOf(size) - columnsOf(flagged);
  const named = title === undefined ? "" : styleText("bold", cutTo(title, room));
  const noted =
    note === undefined
      ? ""
      : styleText("dim", cutTo(title === undefined ? note : `  ${note}`, room - columnsOf(named)));
  const head = `${named}${flagged}${noted}`;
  return [`${time} ${arrow} ${of} ${padTo(head, HEAD_COLUMNS - columnsOf(size))}${size}`.trimEnd(), ...inner].join(
    "\n",
  );
}
