import { styleText } from "node:util";
import { padTo } from "../terminal/columns.ts";
import { wrap } from "../terminal/wrap.ts";
import type { CaseResult } from "./run-scenarios.ts";
import type { Scenario } from "./scenario.ts";

const OK = styleText("green", "✓");
const NOT_OK = styleText("red", "✗");
const WIRE_COLUMNS = 13;
const DOES_COLUMNS = 30;
const OUTCOME_COLUMNS = 46;

/** The results as a table, fault by fault. A row that is not as expected says how it should have been. */
export function printFaults(
  scenarios: readonly Scenario[],
  { results, durationMs }: { readonly results: readonly CaseResult[]; readonly durationMs: number },
): string {
  const lines = scenarios.flatMap(({ fault, title }) => [
    `${styleText("bold", fault)}  ${styleText("dim", title)}`,
    ...results.filter((result) => result.fault === fault).flatMap(printCase),
    "",
  ]);
  const good = results.filter(({ ok }) => ok).length;
  const seconds = (durationMs / 1000).toFixed(1);
  const mark = good === results.length ? OK : NOT_OK;
  return [
    ...lines,
    `${mark} ${good} of ${results.length} as expected · each with a control run without the fault · ${seconds} s`,
  ].join("\n");
}

function printCase(result: CaseResult): string[] {
  const { wire, hop, does, happened, expected, strikes, control, ok } = result;
  const what = hop === "client" ? does : `${does} (${hop})`;
  const rows = columns(wire, what, happened);
  const lines = rows.map((row, index) => `  ${index === 0 ? (ok ? OK : NOT_OK) : " "} ${row}`);
  if (ok) return lines;
  const complaints = [
    ...(happened === expected ? [] : [`expected: ${expected}`]),
    ...(control.happened === control.expected
      ? []
      : [`without the fault: ${control.happened}; expected: ${control.expected}`]),
    ...(strikes > 0 ? [] : ["the fault did not strike"]),
  ];
  return [...lines, ...complaints.map((complaint) => styleText("red", `      ${complaint}`))];
}

/** Three texts side by side, the longer ones over several lines. */
function columns(wire: string, does: string, happened: string): string[] {
  const middle = wrap(does, DOES_COLUMNS - 2);
  const right = wrap(happened, OUTCOME_COLUMNS);
  return Array.from({ length: Math.max(middle.length, right.length) }, (_, index) =>
    [padTo(index === 0 ? wire : "", WIRE_COLUMNS), padTo(middle[index] ?? "", DOES_COLUMNS), right[index] ?? ""]
      .join("")
      .trimEnd(),
  );
}
