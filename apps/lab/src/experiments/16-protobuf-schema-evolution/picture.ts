import { styleText } from "node:util";
import { renderTable } from "../../terminal/table.ts";
import { TEXT_COLUMNS, wrap } from "../../terminal/wrap.ts";
import type { Rules } from "./buf.ts";
import type { Broken, Cell, recallOf } from "./cells.ts";
import type { Outcome } from "./outcome.ts";
import { READER_TITLES, READERS, type ReaderName } from "./readers.ts";
import { DIRECTIONS, tellReading } from "./readings.ts";

/** What the picture shows. */
export interface Picture {
  readonly cells: readonly Cell[];
  readonly broken: Broken;
  readonly recall: ReturnType<typeof recallOf>;
  /** The rules of the last column. */
  readonly rules: Rules;
  /** The edit whose cells are told in full. */
  readonly edit: string;
}

const MARKS: Readonly<Record<Outcome, { mark: string; colour: "green" | "cyan" | "yellow" | "magenta" | "red" }>> = {
  same: { mark: "=", colour: "green" },
  default: { mark: "·", colour: "cyan" },
  lost: { mark: "-", colour: "yellow" },
  corrupted: { mark: "!", colour: "magenta" },
  error: { mark: "x", colour: "red" },
};

/** The matrix of edits and readers, what buf says, and one edit in full. 80 columns. */
export function drawPicture({ cells, broken, recall, rules, edit }: Picture): string {
  const names = [...new Set(cells.map((cell) => cell.edit))];
  const rows = names.map((name) => [
    name,
    ...READERS.map((reader) =>
      DIRECTIONS.map((direction) => markOf(find(cells, { name, reader, direction }))).join(" "),
    ),
    complaintsOf(broken[rules][name] ?? []),
  ]);
  const legend = Object.entries(MARKS).map(([outcome, { mark, colour }]) => `${styleText(colour, mark)} ${outcome}`);
  const titles = ["edit", "es", "go", "json", "lenient", `buf breaking ${rules}: FIELD_`].map((title) => ({ title }));
  return [
    styleText("bold", "The worst that becomes of a message"),
    legend.join("   "),
    styleText("dim", "left: written before the edit, read after it; right: the other way round"),
    "",
    renderTable(titles, rows),
    "",
    styleText("bold", "Edits that do harm, and those of them that buf breaking names"),
    "",
    renderTable(
      [{ title: "rules" }, { title: "in bytes" }, { title: "in ProtoJSON" }],
      recall.map(({ rules: set, bytes, json }) => [
        set,
        `${bytes.found} of ${bytes.harmful}`,
        `${json.found} of ${json.harmful}`,
      ]),
    ),
    ...drawMissed(recall, rules),
    "",
    styleText("bold", `${edit} in full`),
    "",
    ...cells.filter((cell) => cell.edit === edit).flatMap(drawCell),
  ].join("\n");
}

function find(
  cells: readonly Cell[],
  { name, reader, direction }: { name: string; reader: ReaderName; direction: Cell["direction"] },
): Outcome | undefined {
  return cells.find((cell) => cell.edit === name && cell.reader === reader && cell.direction === direction)?.outcome;
}

function markOf(outcome: Outcome | undefined): string {
  if (outcome === undefined) return " ";
  const { mark, colour } = MARKS[outcome];
  return styleText(colour, mark);
}

/** The first rule broken, and how many more. */
function complaintsOf([first, ...others]: readonly string[]): string {
  if (first === undefined) return styleText("dim", "nothing");
  const name = first.replace(/^FIELD_/, "");
  return others.length === 0 ? name : `${name} +${others.length}`;
}

/** What the chosen rules say nothing about. */
function drawMissed(recall: Picture["recall"], rules: Rules): string[] {
  const { bytes, json } = recall.find((row) => row.rules === rules) ?? { bytes: undefined, json: undefined };
  const missed = [...new Set([...(bytes?.missed ?? []), ...(json?.missed ?? [])])];
  return missed.length === 0 ? [] : wrap(`${rules} names none of: ${missed.join(", ")}`, TEXT_COLUMNS);
}

function drawCell({ reader, direction, outcome, written, read }: Cell): string[] {
  const way = direction === "forward" ? "before → after" : "after → before";
  const { colour } = MARKS[outcome];
  const indent = "  ";
  return [
    `${way}, ${READER_TITLES[reader]}: ${styleText(colour, outcome)}`,
    ...wrap(tellReading({ outcome, written, read }), TEXT_COLUMNS - indent.length).map((line) => indent + line),
  ];
}
