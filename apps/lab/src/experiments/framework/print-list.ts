import { styleText } from "node:util";
import { renderTable } from "../../terminal/table.ts";
import { TEXT_COLUMNS, wrap } from "../../terminal/wrap.ts";
import type { Experiment } from "./experiment.ts";
import { colourOutcome } from "./print-run.ts";
import { headline } from "./settle.ts";

/** What the other columns leave for the title. */
const TITLE_COLUMNS = TEXT_COLUMNS - 32;

/** The experiments for people, and how to run one. 80 columns. */
export function printList(experiments: readonly Experiment[]): string {
  const rows = experiments.flatMap(({ id, title, needs, claims }) => {
    const [first = "", ...more] = wrap(title, TITLE_COLUMNS);
    const expected = colourOutcome(headline(claims.map((claim) => claim.expected)));
    const needed = needs.join(" ") || styleText("dim", "nothing");
    return [
      [id.slice(0, 2), String(claims.length), expected, needed, first],
      ...more.map((line) => ["", "", "", "", line]),
    ];
  });
  const columns = [
    { title: "" },
    { title: "claims", align: "right" },
    { title: "expected" },
    { title: "needs" },
    { title: "experiment" },
  ] as const;
  const hint = styleText("dim", "npm run lab -- run <number> runs one; with --help it shows the parameters");
  return `${renderTable(columns, rows)}\n\n${hint}`;
}
