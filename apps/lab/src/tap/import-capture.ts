import { readFile } from "node:fs/promises";
import { type Capture, type CapturedEvent, CaptureError, readCapture } from "@polywire/wire/pcapng";
import { decodeTraffic, describeTapEvent, type TapRecord } from "@polywire/wire/tap";
import { formatCount, formatWhole } from "../terminal/table.ts";
import type { HopEvent } from "./hop-event.ts";
import { CONTRACT, websocketTypes } from "./registry.ts";

/** What a capture shows. */
export interface ImportedCapture {
  /** Their times are epoch milliseconds. */
  readonly events: readonly HopEvent[];
  /** How much was found, and what could not be used: a line each. */
  readonly summary: readonly string[];
}

/** Events that are shown of one capture at most. */
const MAX_EVENTS = 500_000;

/** Reads a capture and decodes what is in it by our contracts. */
export async function importCapture(file: string): Promise<ImportedCapture> {
  const capture = await readFrom(file);
  const records = decode(file, capture);
  const events = records.flatMap(({ events: seen }, index) => {
    const hop = hopOf(capture.events[index]);
    return seen.map((event) => ({ ...describeTapEvent(event), hop }));
  });
  return { events, summary: summaryOf(file, capture, events) };
}

async function readFrom(file: string): Promise<Capture> {
  try {
    return readCapture(await readFile(file), { timeOriginMs: 0 });
  } catch (error) {
    if (!(error instanceof CaptureError || (error instanceof Error && "code" in error))) throw error;
    const isTooLarge = "code" in error && error.code === "ERR_FS_FILE_TOO_LARGE";
    throw new Error(`${file}: ${error.message}${isTooLarge ? `: ${cutHint(file)}` : ""}`, { cause: error });
  }
}

function cutHint(file: string): string {
  return `cut it, for example with \`editcap -r ${file} part.pcapng 1-10000\``;
}

function decode(file: string, { events }: Capture): readonly TapRecord[] {
  try {
    return decodeTraffic(events, { registry: CONTRACT, websocketTypes, maxEvents: MAX_EVENTS });
  } catch (error) {
    if (!(error instanceof RangeError && error.message.includes("maxEvents"))) throw error;
    throw new Error(`${file} shows more than ${formatWhole(MAX_EVENTS)} events: ${cutHint(file)}`, { cause: error });
  }
}

/** Files of ours name the hop; of others the port says the most. */
function hopOf(event: CapturedEvent | undefined): string {
  if (event !== undefined && /^[\w-]+>[\w-]+$/.test(event.on)) return event.on;
  return `client>:${event?.ends.server.port ?? 0}`;
}

function summaryOf(file: string, { events, leftOut }: Capture, shown: readonly HopEvent[]): readonly string[] {
  const connections = events.filter(({ raw }) => raw.kind === "open").length;
  const calls = shown.filter(({ layer, event }) => layer === "call" && event.type === "call").length;
  const left: readonly [number, string][] = [
    [leftOut.connections, `${formatCount(leftOut.connections, "connection")} open before the capture began`],
    [leftOut.holes, `what ${formatCount(leftOut.holes, "connection")} said behind bytes that the capture misses`],
    [leftOut.packets, `${formatCount(leftOut.packets, "packet")} without TCP over IP, or without a time`],
    [leftOut.cutPackets, `${formatCount(leftOut.cutPackets, "packet")} cut by the capture (take whole ones: -s 0)`],
    [leftOut.bytes, `${formatCount(leftOut.bytes, "byte")} at the end that are no whole packet`],
  ];
  return [
    `${file}: ${formatCount(connections, "connection")}, ${formatCount(calls, "call")}`,
    ...left.flatMap(([count, what]) => (count === 0 ? [] : [`! left out: ${what}`])),
  ];
}
