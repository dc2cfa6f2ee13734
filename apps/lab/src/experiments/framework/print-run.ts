import { styleText } from "node:util";
import { TEXT_COLUMNS, wrap } from "../../terminal/wrap.ts";
import type { Experiment } from "./experiment.ts";
import { flagOf } from "./parameters.ts";
import type { RunResult } from "./run-experiment.ts";
import { type ClaimResult, isAsExpected } from "./settle.ts";
import type { Outcome } from "./verdicts.ts";

const COLOURS = { holds: "green", refuted: "magenta", depends: "yellow", invalid: "red", skipped: "gray" } as const;

const EXPECTED = styleText("green", "✓");
const UNEXPECTED = styleText("red", "✗");
const SKIPPED = styleText("yellow", "–");

/** A mark and the claim's id, then a word that says what the text behind it is. */
const ID_COLUMNS = 8;
const WORD_COLUMNS = 9;

/** A run for people: claim by claim, the picture, and what it came to. 80 columns, readable without colour. */
export function printRun(experiment: Experiment, result: RunResult, evidencePath: string | undefined): string {
  const ran = result.outcome !== "skipped";
  return [
    styleText("bold", experiment.title),
    styleText("dim", `${experiment.id} · ${result.size} · seed ${result.seed}`),
    ...parametersOf(experiment, result).map((line) => styleText("dim", line)),
    "",
    ...result.claims.flatMap((claim) => [...printClaim(claim), ""]),
    ...result.untested.flatMap(({ text, because }) => [...line("untested", `${text} (${because})`, "dim"), ""]),
    ...(ran ? [experiment.draw(result), ""] : []),
    ...result.checks.flatMap(({ name, ok, because }) =>
      wrap(`${ok ? "checked" : "CHECK FAILED"}: ${name}: ${because}`, TEXT_COLUMNS).map((text) =>
        styleText(ok ? "dim" : "red", text),
      ),
    ),
    printHeadline(result),
    styleText(
      "dim",
      evidencePath === undefined ? "evidence not kept; --evidence DIR keeps it" : `evidence: ${evidencePath}`,
    ),
  ].join("\n");
}

/** An outcome in its colour. */
export function colourOutcome(outcome: Outcome): string {
  return styleText(["bold", COLOURS[outcome]], outcome);
}

function parametersOf({ parameters }: Experiment, result: RunResult): string[] {
  const flags = Object.entries(parameters).map(
    ([name, { show }]) => `--${flagOf(name)} ${show(result.parameters[name])}`,
  );
  return flags.length === 0 ? [] : wrap(flags.join(" "), TEXT_COLUMNS);
}

function printClaim(claim: ClaimResult): string[] {
  const { id, text, expected, verdict, because, conditions, controls } = claim;
  const split = conditions.length > 0 && verdict !== "invalid";
  const [first = "", ...more] = line(verdict, text, "bold");
  return [
    `${markOf(claim)} ${id}${first.slice(id.length + 2)}`,
    ...more,
    ...(verdict === expected || verdict === "skipped" ? [] : line("expected", expected, "red")),
    ...(split
      ? conditions.flatMap(({ when, verdict: side, because: numbers }) => line(side, `${when}: ${numbers}`))
      : line("because", because)),
    ...controls.flatMap(({ name, bit, because: seen }) =>
      bit ? line("control", `${name}: ${seen}`, "dim") : line("no bite", `${name}: ${seen}`, "red"),
    ),
  ];
}

function markOf({ verdict, expected }: ClaimResult): string {
  if (verdict === "skipped") return SKIPPED;
  return verdict === expected ? EXPECTED : UNEXPECTED;
}

type Style = "none" | "bold" | "dim" | "red";

/** A text behind its word, wrapped in its own column. */
function line(word: string, text: string, style: Style = "none"): string[] {
  const margin = ID_COLUMNS + WORD_COLUMNS;
  const coloured = word in COLOURS ? colourOutcome(word as Outcome) : styleText("dim", word);
  const head = " ".repeat(ID_COLUMNS) + coloured + " ".repeat(WORD_COLUMNS - word.length);
  return wrap(text, TEXT_COLUMNS - margin).map(
    (part, index) => (index === 0 ? head : " ".repeat(margin)) + (style === "none" ? part : styleText(style, part)),
  );
}

function printHeadline(result: RunResult): string {
  const { claims, outcome, attempts, durationMs } = result;
  const expected = claims.filter((claim) => claim.verdict === claim.expected).length;
  const parts = [
    colourOutcome(outcome),
    `${expected} of ${claims.length} claims as expected`,
    ...(attempts > 1 ? [`run ${attempts} times`] : []),
    `${(durationMs / 1_000).toFixed(1)} s`,
  ];
  const mark = outcome === "skipped" ? SKIPPED : isAsExpected(result) ? EXPECTED : UNEXPECTED;
  return `${mark} ${parts.join(" · ")}`;
}
