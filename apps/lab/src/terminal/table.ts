import { styleText } from "node:util";
import { columnsOf, padTo } from "./columns.ts";

/** A column of a table. */
export interface Column {
  readonly title: string;
  /** Numbers stand right, words left. */
  readonly align?: "left" | "right";
}

/** Lays rows out under their titles, columns two spaces apart. Cells may hold colour. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map(({ title }, index) =>
    Math.max(columnsOf(title), ...rows.map((row) => columnsOf(row[index] ?? ""))),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align = "left" }, index) => padTo(cells[index] ?? "", widths[index] ?? 0, align))
      .join("  ")
      .trimEnd();
  const header = line(columns.map(({ title }) => title));
  return [styleText("bold", header), ...rows.map(line)].join("\n");
}

/** What stands for a figure that could not be had. */
export const NOT_HAD = "–";

/** Milliseconds with the digits that mean something. */
export function formatMs(ms: number | null): string {
  return ms === null ? NOT_HAD : ms.toFixed(ms < 10 ? 2 : ms < 100 ? 1 : 0);
}

/** How many of something that takes an s, for example `1 call` and `2,000 calls`. */
export function formatCount(count: number, noun: string): string {
  return `${formatWhole(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** A figure without a fraction. */
export function formatWhole(value: number | null): string {
  return value === null ? NOT_HAD : Math.round(value).toLocaleString("en-US");
}
