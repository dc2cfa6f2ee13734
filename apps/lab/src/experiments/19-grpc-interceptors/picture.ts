import { styleText } from "node:util";
import { renderTable } from "../../terminal/table.ts";
import { nameOf } from "../building-blocks/code-words.ts";
import type { Place } from "./book.ts";
import { STACKS, type StackName } from "./chain.ts";
import type { eventsByOrder } from "./events.ts";
import { allOrders, type Order, orderName, RIGHT_ORDER } from "./layers.ts";
import type { Cell } from "./measure.ts";

/** One call on its way through the layers. */
interface OnionRow {
  readonly mode: string;
  readonly kind: string;
  readonly code: number;
  readonly trace: readonly string[];
}

/** What handlers that fail in one way came to. */
interface RecoveryRow {
  readonly stack: StackName;
  readonly how: string;
  readonly kind: string;
  /** The codes that clients got. */
  readonly codes: readonly number[];
  /** Whether it was recovery that made them. */
  readonly caught: boolean;
}

/** What is drawn. */
interface Picture {
  readonly orders: ReturnType<typeof eventsByOrder>;
  readonly recovery: readonly RecoveryRow[];
  readonly onion: readonly OnionRow[];
}

/** Whose onion is drawn, and which failure. */
interface Chosen {
  readonly stack: string;
  readonly order: Order;
  readonly fail: string;
  readonly recover: string;
}

/** The traces of one chain, for the evidence. */
export function onionOf(cells: readonly Cell[]): OnionRow[] {
  return cells.map(({ mode, kind, code, seen }) => ({ mode, kind, code, trace: seen.trace }));
}

/** What recovery made of failing handlers, on chains in the right order. */
export function recoveryRows(cells: readonly Cell[]): RecoveryRow[] {
  const failing = cells.filter(
    ({ order, kind }) => order === orderName(RIGHT_ORDER) && ["throw", "reject", "mid-stream"].includes(kind),
  );
  const how = ({ stack, recover, wrapStreams }: Cell) =>
    stack === "connect" && !wrapStreams ? `${recover}, not wrapped` : recover;
  // What grpc-js has no streams to wrap for is the same chain again.
  const distinct = failing.filter(({ stack, wrapStreams }) => stack === "connect" || wrapStreams);
  const groups = Map.groupBy(distinct, (cell) => `${cell.stack} ${how(cell)} ${cell.kind}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const codes = [...new Set(group.map(({ code }) => code))];
    const caught = group.every(({ seen }) => seen.caught === 1);
    return [{ stack: first.stack, how: how(first), kind: first.kind, codes, caught }];
  });
}

/** The onion, what the orders lose, and what recovers. 80 columns. */
export function drawPicture(chosen: Chosen, { orders, recovery, onion }: Picture): string {
  const places: Place[] = [...chosen.order, "limit", "handler"];
  const kinds = ["good", "bad-token", chosen.fail];
  const calls = onion.filter(({ kind }) => kinds.includes(kind));
  return [
    styleText("bold", `Which layers a call enters and leaves: ${chosen.stack}, recovery: ${chosen.recover}`),
    styleText("dim", "> entered   < left again, with an end that it was told of"),
    "",
    renderTable(
      ["call", ...places, "client"].map((title) => ({ title })),
      calls.map(({ mode, kind, code, trace }) => [
        `${mode} ${kind}`,
        ...places.map((place) => [">", "<"].filter((way) => trace.includes(way + place)).join("")),
        nameOf(code),
      ]),
    ),
    "",
    styleText("bold", "Ends of calls that metrics or the log miss or take for others, by order"),
    "",
    renderTable(
      [{ title: "outermost first" }, ...STACKS.map((title) => ({ title, align: "right" as const }))],
      allOrders().map((order) => [
        orderName(order),
        ...STACKS.map((stack) => {
          const found = orders.find((each) => each.stack === stack && each.order === orderName(order));
          return found === undefined ? "" : `${found.lost} of ${found.expected}`;
        }),
      ]),
    ),
    "",
    styleText("bold", "What clients get when a handler fails"),
    "",
    renderTable(
      ["stack", "recovery", "failure", "client", "by recovery"].map((title) => ({ title })),
      recovery.map(({ stack, how, kind, codes, caught }) => [
        stack,
        how,
        kind,
        codes.map(nameOf).join(", "),
        caught ? styleText("green", "yes") : styleText("red", "no"),
      ]),
    ),
  ].join("\n");
}
