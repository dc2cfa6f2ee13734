import { stripVTControlCharacters } from "node:util";

/** Columns that a text takes on a terminal, colour codes not counted. */
export function columnsOf(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

/** The text, filled with spaces to at least so many columns. */
export function padTo(text: string, columns: number, align: "left" | "right" = "left"): string {
  const space = " ".repeat(Math.max(0, columns - columnsOf(text)));
  return align === "right" ? space + text : text + space;
}

/** A plain text, cut off with `…` where it takes more than so many columns. */
export function cutTo(text: string, columns: number): string {
  const characters = [...text];
  if (characters.length <= columns) return text;
  return columns < 1 ? "" : `${characters.slice(0, columns - 1).join("")}…`;
}
