import { readFile } from "node:fs/promises";
import { type Capture, type CapturedEvent, CaptureError, readCapture } from "@polywire/wire/pcapng";
import { decodeTraffic, type TapRecord } from "@polywire/wire/tap";
import { formatCount, formatWhole } from "../terminal/table.ts";
import { type HopEvent, hopEvent } from "./hop-event.ts";
import { CONTRACT, websocketTypes } from "./registry.ts";

/** What a capture shows. */
export interface ImportedCapture {
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
    return seen.map((event) => hopEvent(hop, event));
  });
  return { events, summary: summaryOf(file, capture, events) };
}

async function readFrom(file: string): Promise<Capture> {
  try {
    return readCapture(await readFile(file));
  } catch (error) {
    const isOurs = error instanceof CaptureError || (error instanceof Error && "code" in error);
    if (isOurs) throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
    throw error;
  }
}

function decode(file: string, { events }: Capture): readonly TapRecord[] {
  try {
    return decodeTraffic(events, { registry: CONTRACT, websocketTypes, maxEvents: MAX_EVENTS });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const much = `${file} shows more than ${formatWhole(MAX_EVENTS)} events`;
    throw new Error(`${much}: cut it, for example with \`editcap -r ${file} part.pcapng 1-10000\``, { cause: error });
  }
}

/** Files of ours name the hop; of others the port says the most. */
function hopOf(event: CapturedEvent | undefined): string {
  if (event?.on.includes(">")) return event.on;
  return `client>:${event?.ends.server.port ?? 0}`;
}

function summaryOf(file: string, { events, leftOut }: Capture, shown: readonly HopEvent[]): readonly string[] {
  const connections = events.filter(({ raw }) => raw.kind === "open").length;
  const calls = shown.filter(({ layer, event }) => layer === "call" && event.type === "call").length;
  const left: readonly [number, string, string][] = [
    [leftOut.connections, "connection", "open before the capture began"],
    [leftOut.holes, "connection", "from where bytes are missing in the capture"],
    [leftOut.packets, "packet", "without TCP over IP, or cut by the capture"],
    [leftOut.bytes, "byte", "at the end that are no whole packet"],
  ];
  return [
    `${file}: ${formatCount(connections, "connection")}, ${formatCount(calls, "call")}`,
    ...left.flatMap(([count, noun, which]) =>
      count === 0 ? [] : [`! left out: ${formatCount(count, noun)} ${which}`],
    ),
  ];
}
