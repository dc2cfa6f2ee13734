import { styleText } from "node:util";
import { renderTable } from "../../terminal/table.ts";
import type { Experiment } from "./experiment.ts";
import { colourOutcome } from "./print-run.ts";
import { headline } from "./settle.ts";

/** The experiments for people, a line each, and how to run one. */
export function printList(experiments: readonly Experiment[]): string {
  const rows = experiments.map(({ id, title, needs, claims }) => [
    id.slice(0, 2),
    title,
    String(claims.length),
    colourOutcome(headline(claims.map(({ expected }) => expected))),
    needs.join(" ") || styleText("dim", "nothing"),
  ]);
  const columns = [
    { title: "" },
    { title: "experiment" },
    { title: "claims", align: "right" },
    { title: "expected" },
    { title: "needs" },
  ] as const;
  const hint = styleText("dim", "npm run lab -- run <number> runs one; with --help it shows the parameters");
  return `${renderTable(columns, rows)}\n\n${hint}`;
}
