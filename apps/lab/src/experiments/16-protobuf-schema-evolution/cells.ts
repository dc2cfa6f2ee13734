import { type Complaint, RULES, type Rules } from "./buf.ts";
import { EDITS, type Edit } from "./edits.ts";
import { isFine } from "./matrix-claims.ts";
import { OUTCOMES, type Outcome, worst } from "./outcome.ts";
import { BYTE_READERS, type ReaderName } from "./readers.ts";
import type { Direction, Reading } from "./readings.ts";
import { pathOf } from "./schemas.ts";

/** What one reader made of an edit in one direction. */
export interface Cell {
  readonly edit: string;
  readonly reader: ReaderName;
  readonly direction: Direction;
  /** The worst of its messages. */
  readonly outcome: Outcome;
  readonly counts: Readonly<Record<Outcome, number>>;
  /** One message of the worst outcome. */
  readonly written: string;
  readonly read: string;
}

/** What `buf breaking` says about each edit: the names of the rules that are broken. */
export type Broken = Readonly<Record<Rules, Readonly<Record<string, readonly string[]>>>>;

/** The readings of a cell come to one outcome. */
export function cellsOf(readings: readonly Reading[]): Cell[] {
  const groups = Map.groupBy(readings, ({ edit, reader, direction }) => `${edit.name} ${reader} ${direction}`);
  return [...groups.values()].flatMap((own) => {
    const outcome = worst(own.map((reading) => reading.outcome));
    const shown = own.find((reading) => reading.outcome === outcome);
    if (shown === undefined) return [];
    const countOf = (one: Outcome): number => own.filter((reading) => reading.outcome === one).length;
    const counts = Object.fromEntries(OUTCOMES.map((one) => [one, countOf(one)])) as Record<Outcome, number>;
    const { edit, reader, direction, written, read } = shown;
    return [{ edit: edit.name, reader, direction, outcome, counts, written, read }];
  });
}

/** The rules broken, by edit. */
export function brokenByEdit(complaints: readonly Complaint[]): Record<string, string[]> {
  const of = (edit: Edit): string[] => [
    ...new Set(complaints.filter(({ path }) => path === pathOf(edit)).map(({ type }) => type)),
  ];
  return Object.fromEntries(EDITS.map((edit) => [edit.name, of(edit)]));
}

/** How many of the edits that do harm each set of rules names. */
export function recallOf(readings: readonly Reading[], broken: Broken) {
  const among = (readers: readonly ReaderName[], rules: Rules) => {
    const own = readings.filter((reading) => readers.includes(reading.reader) && !isFine(reading));
    const harmful = [...new Set(own.map(({ edit }) => edit.name))];
    const missed = harmful.filter((name) => broken[rules][name]?.length === 0);
    return { harmful: harmful.length, found: harmful.length - missed.length, missed };
  };
  return RULES.map((rules) => ({
    rules,
    bytes: among(BYTE_READERS, rules),
    json: among(["json"], rules),
  }));
}
