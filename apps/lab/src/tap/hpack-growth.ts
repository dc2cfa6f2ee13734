import type { Side } from "@polywire/wire/http2";
import type { HopEvent } from "./hop-event.ts";

/** What HPACK made of the header lists of one direction of one connection, one after the other. Plain JSON. */
export interface HpackGrowth {
  readonly connection: number;
  readonly from: Side;
  readonly blocks: readonly HpackBlock[];
  /** Blocks beyond the limit. */
  readonly omitted: number;
}

/** One header list. */
export interface HpackBlock {
  readonly stream: number;
  /** The path of a request, else what it is: `response`, `trailers`. */
  readonly title: string;
  /** Bytes on the wire. */
  readonly encodedBytes: number;
  /** What the same fields take as lines of HTTP/1.1. */
  readonly plainBytes: number;
  /** The dynamic table behind it, in bytes; `null`: unknown. */
  readonly tableBytes: number | null;
  readonly entries: number;
}

/** Lays out both directions of every connection of HTTP/2 that these events show. `maxBlocks` each, default 24. */
export function hpackGrowthOf(events: readonly HopEvent[], { maxBlocks = 24 } = {}): HpackGrowth[] {
  const found = new Map<string, { connection: number; from: Side; blocks: HpackBlock[] }>();
  for (const { connection, ...seen } of events) {
    if (seen.layer !== "http2" || seen.event.type !== "headers" || seen.event.block === null) continue;
    const { from, kind, streamId: stream, block } = seen.event;
    const growth = found.get(`${connection} ${from}`) ?? { connection, from, blocks: [] };
    found.set(`${connection} ${from}`, growth);
    const { encodedBytes, tableBytesAfter: tableBytes, entriesAfter: entries, fields, listBytes } = block;
    const path = fields.find(({ name }) => name === ":path")?.value ?? kind;
    growth.blocks.push({
      ...{ stream, title: kind === "request" ? path : kind, encodedBytes, tableBytes, entries },
      plainBytes: plainBytesOf({ listBytes, fields: fields.length }),
    });
  }
  return [...found.values()].map(({ blocks, ...of }) => ({
    ...of,
    blocks: blocks.slice(0, maxBlocks),
    omitted: Math.max(0, blocks.length - maxBlocks),
  }));
}

/** RFC 9113 section 6.5.2 counts 32 bytes a field on top of the strings; `name: value` and a line end are four. */
export function plainBytesOf({ listBytes, fields }: { readonly listBytes: number; readonly fields: number }): number {
  return listBytes - 28 * fields;
}

/** How much of it HPACK saved, in percent. */
export function savedPercent({ encodedBytes, plainBytes }: Pick<HpackBlock, "encodedBytes" | "plainBytes">): number {
  return plainBytes > 0 ? Math.round((1 - encodedBytes / plainBytes) * 100) : 0;
}
