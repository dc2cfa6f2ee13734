import { type KnownCases, knownCases } from "./known-cases.ts";
import type { SuiteRun } from "./runs.ts";
import type { SuiteSummary } from "./summary.ts";

/** A run with what it has found. */
export interface RunResult {
  readonly run: SuiteRun;
  readonly summary: SuiteSummary;
}

const BEGIN = "<!-- results: written by npm run conformance -- --write -->";
const END = "<!-- end of results -->";

/** The page with the results of these runs in the place that is marked for them. Throws when there is none. */
export function withResults(page: string, results: readonly RunResult[], versions: string): string {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`the page has no lines ${BEGIN} and ${END}`);
  return `${before}${BEGIN}\n\n${versions}\n\n${table(results)}\n\n${failures(results)}\n\n${END}${after}`;
}

function table(results: readonly RunResult[]): string {
  const rows = results.flatMap(({ run, summary }) =>
    summary.groups.map(({ protocol, http, cases, knownFailing, failed }) => [
      run.title,
      run.side,
      protocol,
      http,
      String(cases),
      String(cases - knownFailing - failed),
      String(knownFailing),
    ]),
  );
  return aligned([["engine", "side", "protocol", "over", "cases", "passed", "known to fail"], ...rows]);
}

function failures(results: readonly RunResult[]): string {
  const sections = results.flatMap(({ run, summary }) => {
    const items = knownCases(run.name).map((known) => item(known, summary.knownFailing.filter(known.includes)));
    return items.length === 0 ? [] : [`### ${run.title}, as a ${run.side}\n\n${items.join("\n")}`];
  });
  return ["## Known to fail, and why", ...sections].join("\n\n");
}

function item({ kind, reason }: KnownCases, names: readonly string[]): string {
  const count = kind === "flaky" ? `${names.length} in this run` : String(names.length);
  const cases = names.map((name) => `  - \`${name}\``);
  return [`- ${reason} (${count})`, ...cases].join("\n");
}

function aligned(rows: readonly (readonly string[])[]): string {
  const [head = []] = rows;
  const widths = head.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = line(widths.map((width) => "-".repeat(width)));
  return [line(head), rule, ...rows.slice(1).map(line)].join("\n");
}
