import { styleText } from "node:util";
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { formatMs } from "../terminal/table.ts";
import type { CallWire } from "../wires/wire.ts";
import { type JourneySql, withSql } from "./attribute-sql.ts";
import type { CallRecord } from "./call-record.ts";
import { drawSequence } from "./draw-sequence.ts";
import { drawSql } from "./draw-sql.ts";
import { drawWaterfall } from "./draw-waterfall.ts";
import { drawWire } from "./draw-wire.ts";
import type { HopEvent } from "./hop-event.ts";

/** One call and everything that was seen of it; what `lab call --json` prints. */
export interface CallReport {
  readonly wire: CallWire;
  /** As people write it: `client>envoy>gateway>orders`. */
  readonly path: string;
  /** `polywire.orders.v1.OrderService/GetOrder` */
  readonly method: string;
  readonly request: JsonObject;
  readonly response: JsonValue | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly timeoutMs: number;
  readonly durationMs: number;
  readonly requestId: string | null;
  /** The call on every tapped hop, the client's first. */
  readonly calls: readonly [CallRecord, ...CallRecord[]];
  /** What the services asked Postgres for it. */
  readonly sql: JourneySql;
  /** What the taps saw of it. */
  readonly events: readonly HopEvent[];
}

/** What is shown of a report. */
export interface ShownParts {
  /** Every byte of the client's hop. */
  readonly wire: boolean;
  /** The other hops. */
  readonly hops: boolean;
}

/** The report for people; the response is left to the caller. */
export function printCall(report: CallReport, { wire, hops }: ShownParts): string {
  const own = report.events.filter(({ hop }) => hop === report.calls[0].hop);
  const parts = [
    ...(wire ? [heading("On the wire", `${report.calls[0].hop}, every byte`), drawWire(own)] : []),
    ...(hops ? pictures(report) : []),
    summary(report, own),
  ];
  return parts.join("\n\n");
}

function pictures({ calls, sql }: CallReport): string[] {
  const journey = withSql(calls, sql);
  return [
    heading("Across hops", "ms since the client asked; who calls whom, and what comes back"),
    drawSequence(journey),
    heading("Deadline", "what the wire says was left at each hop, and how it was spent"),
    drawWaterfall(journey),
    ...(sql.transactions.length + sql.doubtful === 0 ? [] : [heading("SQL", SQL_NOTE), drawSql(calls[0], sql)]),
  ];
}

const SQL_NOTE = "by time and hop: what began while the call was at the service";

function heading(title: string, note: string): string {
  return `${styleText("bold", title)}  ${styleText("dim", note)}`;
}

/** How it ended, on one line, and below it what it cost and by which id it is found. */
function summary({ error, method, wire, path, durationMs, requestId }: CallReport, own: readonly HopEvent[]): string {
  const name = method.slice(method.lastIndexOf("/") + 1);
  const ended = error === null ? styleText("green", "✓ OK") : styleText("red", `✗ ${error.code}`);
  const { up, down } = bytesOf(own);
  const first = `${ended}  ${styleText("bold", name)} over ${wire} in ${formatMs(durationMs)} ms`;
  const said = error === null ? [] : [`  ${error.message}`];
  const cost = `${up.toLocaleString("en-US")} B up, ${down.toLocaleString("en-US")} B down`;
  const details = [`${path} · ${cost}`, ...(requestId === null ? [] : [`request ${requestId}`])];
  return [first, ...said, ...details.map((detail) => `  ${styleText("dim", detail)}`)].join("\n");
}

/** Bytes of the client's hop, connection set-up included. */
export function bytesOf(events: readonly HopEvent[]): { readonly up: number; readonly down: number } {
  const total = { client: 0, server: 0 };
  for (const seen of events) {
    if (seen.layer === "http2" && seen.event.type === "frame") {
      const { frame } = seen.event;
      total[seen.event.from] += frame.type === "PREFACE" ? frame.length : frame.length + FRAME_HEADER_BYTES;
    } else if (seen.layer === "http1" && seen.event.type === "end") {
      total[seen.event.from] += seen.event.wireBytes;
    } else if (seen.layer === "websocket" && seen.event.type === "frame") {
      total[seen.event.from] += seen.event.frame.headerBytes + seen.event.frame.length;
    }
  }
  return { up: total.client, down: total.server };
}

const FRAME_HEADER_BYTES = 9;
