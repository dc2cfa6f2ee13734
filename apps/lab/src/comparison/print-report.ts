import { styleText } from "node:util";
import { type Column, formatMs, formatWhole, NOT_HAD, renderTable } from "../terminal/table.ts";
import type { ComparisonReport, ParityReport, PushRow, WireRow } from "./report.ts";

/** The comparison as a person reads it. */
export function printReport({ parity, wires, push }: ComparisonReport): string {
  return [
    printParity(parity),
    styleText("bold", "Calls") + styleText("dim", "  reading one order, open loop; latency from the intended start"),
    printWires(wires),
    notes(wires),
    styleText("bold", "Push") + styleText("dim", "  from the commit in the database to the client"),
    printPush(push),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function printParity({ ok, differences }: ParityReport): string {
  if (ok) return `${styleText("green", "✓")} Parity: every wire gives the same orders and the same errors`;
  const lines = differences.flatMap(({ case: name, wire, expected, actual }) => [
    `  ${wire}: ${name}`,
    `    expected ${JSON.stringify(expected)}`,
    `    actual   ${JSON.stringify(actual)}`,
  ]);
  const count = differences.length === 1 ? "1 answer differs" : `${differences.length} answers differ`;
  return [styleText("red", `✗ Parity is broken: ${count} from gRPC's`), ...lines].join("\n");
}

const NUMBER = { align: "right" } as const;

const WIRE_COLUMNS: readonly Column[] = [
  { title: "wire" },
  { title: "calls", ...NUMBER },
  { title: "errors", ...NUMBER },
  { title: "p50 ms", ...NUMBER },
  { title: "p99 ms", ...NUMBER },
  { title: "B up", ...NUMBER },
  { title: "B down", ...NUMBER },
  { title: "conns", ...NUMBER },
  { title: "server µs", ...NUMBER },
  { title: "path" },
];

function printWires(rows: readonly WireRow[]): string {
  return renderTable(
    WIRE_COLUMNS,
    rows.map((row) => [
      row.wire,
      formatWhole(row.path === null ? null : row.calls),
      row.errors > 0 ? styleText("red", formatWhole(row.errors)) : formatWhole(row.path === null ? null : 0),
      formatMs(row.p50Ms),
      formatMs(row.p99Ms),
      formatWhole(row.bytesUpPerCall),
      formatWhole(row.bytesDownPerCall),
      formatWhole(row.path === null ? null : row.connections),
      formatWhole(row.serverCpuUsPerCall),
      row.path ?? NOT_HAD,
    ]),
  );
}

function notes(rows: readonly WireRow[]): string {
  const wiresOf = Map.groupBy(
    rows.filter(({ note }) => note !== null),
    ({ note }) => note,
  );
  return [...wiresOf]
    .map(([note, noted]) => styleText("yellow", `! ${noted.map(({ wire }) => wire).join(", ")}: ${note}`))
    .join("\n");
}

const PUSH_COLUMNS: readonly Column[] = [
  { title: "wire" },
  { title: "events", ...NUMBER },
  { title: "missing", ...NUMBER },
  { title: "p50 ms", ...NUMBER },
  { title: "p99 ms", ...NUMBER },
  { title: "B/event", ...NUMBER },
  { title: "path" },
];

function printPush(rows: readonly PushRow[]): string {
  return renderTable(
    PUSH_COLUMNS,
    rows.map((row) => [
      row.wire,
      formatWhole(row.events),
      row.missing > 0 ? styleText("red", formatWhole(row.missing)) : "0",
      formatMs(row.p50Ms),
      formatMs(row.p99Ms),
      formatWhole(row.bytesPerEvent),
      row.path,
    ]),
  );
}
