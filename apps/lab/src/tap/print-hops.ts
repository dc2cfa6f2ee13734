import { styleText } from "node:util";
import { columnsOf, cutTo, padTo } from "../terminal/columns.ts";
import { formatMs } from "../terminal/table.ts";
import { TEXT_COLUMNS } from "../terminal/wrap.ts";
import { type CallRecord, callTitle, readCalls } from "./call-record.ts";
import { drawWire } from "./draw-wire.ts";
import { type HopEvent, machineMs } from "./hop-event.ts";
import { drawOutcome, formatBudget } from "./outcome.ts";

/** Gives the lines that an event deserves. */
export type HopPrinter = (event: HopEvent) => readonly string[];

/** Calls that may be open at once; of the oldest beyond, only the beginning is shown. */
const MAX_OPEN = 4096;

/** What {@link createHopPrinter} is told. */
export interface HopPrinterOptions {
  /** Everything below calls, too. */
  readonly frames: boolean;
  /** What is added to the times of events to have epoch milliseconds. Default: they are on the clock of `machineMs`. */
  readonly offsetMs?: number;
}

/** A line when a call begins and one when it ends; with `frames` everything below calls, too. */
export function createHopPrinter({ frames, offsetMs = Date.now() - machineMs() }: HopPrinterOptions): HopPrinter {
  const open = new Map<string, HopEvent[]>();
  let startMs: number | undefined;
  let shown = "";
  /** The listing of one event, below a title where the connection is another one than before. */
  const frameLines = (event: HopEvent): string[] => {
    startMs ??= event.atMs;
    const listing = drawWire([event], startMs);
    if (listing === "") return [];
    const connection = `${event.hop}  connection ${event.connection}`;
    const title = connection === shown ? [] : ["", styleText("bold", connection)];
    shown = connection;
    return [...title, ...listing.split("\n")];
  };
  return (event) => {
    if (frames) return frameLines(event);
    if (event.layer !== "call") return [];
    const key = `${event.hop} ${event.connection} ${event.event.call}`;
    const { type } = event.event;
    if (type === "call") open.set(key, []);
    open.get(key)?.push(event);
    if (open.size > MAX_OPEN) open.delete(open.keys().next().value ?? "");
    const [record] = readCalls(open.get(key) ?? []);
    if (record === undefined || (type !== "call" && type !== "end" && type !== "cancel")) return [];
    if (type !== "call") open.delete(key);
    return [`${prefix(event, offsetMs)}${type === "call" ? began(record) : ended(record)}`];
  };
}

const TIME_COLUMNS = 14;
const HOP_COLUMNS = 19;

function prefix({ hop, atMs }: HopEvent, offsetMs: number): string {
  const wall = new Date(atMs + offsetMs).toISOString().slice(11, 23);
  return `${padTo(styleText("dim", wall), TIME_COLUMNS)}${padTo(hop, HOP_COLUMNS)}`;
}

const CALL_COLUMNS = TEXT_COLUMNS - TIME_COLUMNS - HOP_COLUMNS;

function began(record: CallRecord): string {
  const budget = record.timeoutMs === null ? "" : `  ${formatBudget(record.timeoutMs)} ms left`;
  return `${styleText("cyan", "→")} ${cutTo(callTitle(record), CALL_COLUMNS - 2 - budget.length)}${styleText("dim", budget)}`;
}

function ended(record: CallRecord): string {
  const took = `${formatMs((record.endedAtMs ?? record.startedAtMs) - record.startedAtMs)} ms`;
  const end = `  ${drawOutcome(record)}  ${styleText("dim", took)}`;
  return `${styleText("magenta", "←")} ${cutTo(callTitle(record), CALL_COLUMNS - 2 - columnsOf(end))}${end}`;
}
