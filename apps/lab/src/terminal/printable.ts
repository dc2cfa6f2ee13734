/** Control characters but for tab and line feed, which whoever draws takes for white space: what moves a terminal's cursor. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** The same value with a dot for each control character in its texts: for what others have said and a terminal is to show. */
export function printable<Value>(value: Value): Value {
  if (typeof value === "string") return value.replace(CONTROLS, "·") as Value;
  if (Array.isArray(value)) return value.map(printable) as Value;
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [printable(name), printable(inner)])) as Value;
}
