import { styleText } from "node:util";
import type { HeaderBlock } from "@polywire/wire/hpack";
import type { Described } from "@polywire/wire/tap";
import { cutTo, padTo } from "../terminal/columns.ts";
import { plainBytesOf, savedPercent } from "./hpack-growth.ts";
import { DETAIL_COLUMNS } from "./wire-line.ts";

const HOW = {
  indexed: "table",
  incremental: "stored",
  plain: "literal",
  never: "never",
} as const;

const HOW_COLUMNS = 7;
const BYTES_COLUMNS = 5;
const TEXT_COLUMNS = DETAIL_COLUMNS - HOW_COLUMNS - BYTES_COLUMNS - 2;

/** Each field of a header block with the bytes that it took and how HPACK wrote it, and what that saved. */
export function drawHpackFields(block: Described<HeaderBlock>): string[] {
  const rows = block.fields.map(({ name, value, representation, encodedBytes }) =>
    drawField(name ?? "?", value ?? "?", {
      how: styleText(representation === "indexed" ? "green" : "dim", HOW[representation]),
      bytes: `${encodedBytes} B`,
    }),
  );
  return [
    ...rows,
    ...block.sizeUpdates.map((bytes) => styleText("dim", `table size set to ${bytes}`)),
    hpackSummary(block),
  ];
}

/** One header field; the name is never cut, the value where it must be. */
export function drawField(name: string, value: string, { how = "", bytes }: { how?: string; bytes: string }): string {
  const shown = `${styleText("cyan", name)} ${cutTo(value, Math.max(8, TEXT_COLUMNS - name.length - 1))}`;
  return `${padTo(shown, TEXT_COLUMNS)} ${padTo(how, HOW_COLUMNS)} ${padTo(styleText("dim", bytes), BYTES_COLUMNS, "right")}`;
}

/** What the same fields would take as lines of HTTP/1.1, and what the table has learned. */
function hpackSummary(block: Described<HeaderBlock>): string {
  const { fields, encodedBytes, listBytes, tableBytesBefore, tableBytesAfter, entriesAfter } = block;
  const plainBytes = plainBytesOf({ listBytes, fields: fields.length });
  const saved = savedPercent({ encodedBytes, plainBytes });
  const size = (bytes: number | null): string => bytes?.toLocaleString("en-US") ?? "?";
  const table = `table ${size(tableBytesBefore)} → ${size(tableBytesAfter)} B, ${entriesAfter} entries`;
  return styleText("dim", `HPACK ${encodedBytes} B for ${plainBytes} B, ${saved} % saved; ${table}`);
}
