import { DETAIL_COLUMNS } from "./wire-line.ts";

/** JSON for people: what fits on a line stands on one, the rest is broken up. `undefined`: the text is no JSON. */
export function jsonLines(text: string): string[] | undefined {
  try {
    return linesOf(JSON.parse(text), "", "");
  } catch {
    return undefined;
  }
}

/** `start` is what stands in front of the value on its first line, indentation included. */
function linesOf(value: unknown, indent: string, start: string): string[] {
  const whole = `${indent}${start}${oneLine(value)}`;
  if (whole.length < DETAIL_COLUMNS || typeof value !== "object" || value === null) return [whole];
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  const inner = Object.entries(value).flatMap(([key, item], index, all) => {
    const lines = linesOf(item, `${indent}  `, Array.isArray(value) ? "" : `${JSON.stringify(key)}: `);
    return index === all.length - 1 ? lines : [...lines.slice(0, -1), `${lines.at(-1)},`];
  });
  return [`${indent}${start}${open}`, ...inner, `${indent}${close}`];
}

function oneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const parts = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${oneLine(item)}`);
  return parts.length === 0 ? "{}" : `{ ${parts.join(", ")} }`;
}
