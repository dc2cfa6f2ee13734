import { styleText } from "node:util";
import { cutTo } from "../terminal/columns.ts";
import { formatWhole, renderTable } from "../terminal/table.ts";
import { type HpackGrowth, savedPercent } from "./hpack-growth.ts";

const BAR_COLUMNS = 20;
const TITLE_COLUMNS = 22;

/** What each header list took, what it would take in HTTP/1.1, and how the table grew. 80 columns. */
export function drawHpackGrowth(growths: readonly HpackGrowth[]): string {
  return growths.map(drawGrowth).join("\n\n");
}

function drawGrowth({ connection, from, blocks, omitted }: HpackGrowth): string {
  const most = Math.max(1, ...blocks.map(({ plainBytes }) => plainBytes));
  const columnsOf = (bytes: number): number => Math.max(1, Math.round((bytes / most) * BAR_COLUMNS));
  const rows = blocks.map(({ title, encodedBytes, plainBytes, tableBytes, entries }) => {
    const [sent, plain] = [columnsOf(encodedBytes), columnsOf(plainBytes)];
    const bar = styleText("green", "█".repeat(sent)) + styleText("dim", "░".repeat(Math.max(0, plain - sent)));
    return [
      cutTo(title.slice(title.lastIndexOf("/") + 1), TITLE_COLUMNS),
      formatWhole(encodedBytes),
      `${savedPercent({ encodedBytes, plainBytes })} %`,
      `${tableBytes === null ? "?" : formatWhole(tableBytes)}/${entries}`,
      bar,
    ];
  });
  const titles = [
    { title: from === "client" ? "requests" : "responses" },
    { title: "bytes", align: "right" },
    { title: "saved", align: "right" },
    { title: "table", align: "right" },
    { title: `connection ${connection}` },
  ] as const;
  const more = omitted === 0 ? [] : [styleText("dim", `and ${omitted} more`)];
  return [renderTable(titles, rows), ...more].join("\n");
}
