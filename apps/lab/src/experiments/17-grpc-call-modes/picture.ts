import { styleText } from "node:util";
import { renderTable } from "../../terminal/table.ts";
import type { Spread } from "./balancing-claim.ts";
import { totalOf, type Weighed } from "./bytes-claim.ts";
import type { Flow } from "./flow-control.ts";
import { drawFlow } from "./flow-picture.ts";
import type { LaneFrame, ModeSeen } from "./modes-claim.ts";

/** What the picture shows. */
export interface Picture {
  readonly modes: readonly ModeSeen[];
  readonly sizes: readonly Weighed[];
  readonly spread: Spread;
  readonly flows: readonly Flow[];
  /** The stream that is drawn against time. */
  readonly drawn: Flow | undefined;
}

const SIDES = ["client", "server"] as const;
const MARKS: Readonly<Record<LaneFrame["kind"], { mark: string; colour: "cyan" | "green" | "yellow" | "red" }>> = {
  headers: { mark: "H", colour: "cyan" },
  data: { mark: "D", colour: "green" },
  trailers: { mark: "T", colour: "yellow" },
  reset: { mark: "R", colour: "red" },
};

/** The frames of the four modes, what they cost, whom they reach, and how far a writer gets. 80 columns. */
export function drawPicture({ modes, sizes, spread, flows, drawn }: Picture): string {
  const legend = Object.entries(MARKS).map(([kind, { mark, colour }]) => `${styleText(colour, mark)} ${kind}`);
  return [
    styleText("bold", "Frames of one call in each mode"),
    `${legend.join("   ")}   . the side's last   time →`,
    "",
    ...modes.flatMap(drawLanes),
    styleText("bold", "Bytes to read one order, both directions"),
    "",
    ...drawSizes(sizes),
    "",
    ...drawSpread(spread),
    "",
    ...drawFlow(flows, drawn),
  ].join("\n");
}

const NAME_COLUMNS = 15;
/** Frames of the longest lane that fit beside the names. */
const LANE_FRAMES = 20;

function drawLanes({ name, method, frames, sent, received }: ModeSeen): string[] {
  const shown = frames.slice(0, LANE_FRAMES);
  const lane = (side: LaneFrame["from"]): string =>
    shown.map((frame) => (frame.from === side ? markOf(frame) : " ·").padEnd(3)).join("");
  return [
    `${styleText("bold", name.padEnd(NAME_COLUMNS))}${method}, messages ${sent}:${received}`,
    ...SIDES.map(
      (side) =>
        `  ${side.padEnd(NAME_COLUMNS - 2)}${colourMarks(lane(side)).trimEnd()}${frames.length > shown.length ? " …" : ""}`,
    ),
    "",
  ];
}

function markOf({ kind, last }: LaneFrame): string {
  return ` ${MARKS[kind].mark}${last ? "." : ""}`;
}

function colourMarks(lane: string): string {
  return lane.replace(/[HDTR]/g, (letter) => {
    const { colour = "cyan" } = Object.values(MARKS).find(({ mark }) => mark === letter) ?? {};
    return styleText(colour, letter);
  });
}

function drawSizes(sizes: readonly Weighed[]): string[] {
  const rows = sizes.flatMap(({ lines, ...ways }) =>
    Object.entries(WAYS).map(([way, title], index) => {
      const cost = ways[way as keyof typeof WAYS];
      const figures = [cost.message, cost.headers, cost.rest, totalOf(cost)].map((bytes) => bytes.toFixed(1));
      return [index === 0 ? `${lines} lines` : "", title, ...figures];
    }),
  );
  const figures = ["message", "headers", "the rest", "all"].map((title) => ({ title, align: "right" }) as const);
  return [renderTable([{ title: "order" }, { title: "read by" }, ...figures], rows)];
}

const WAYS = { unary: "a unary call each", stream: "one stream", streamEach: "a stream each" } as const;

function drawSpread({ stream, calls }: Spread): string[] {
  const names = stream.map((_, index) => (index === 0 ? "the first" : "added"));
  const rows = names.map((name, index) => [name, String(stream[index] ?? 0), String(calls[index] ?? 0)]);
  return [
    styleText("bold", "Who is reached once there are three backends behind the Envoy"),
    "",
    renderTable(
      [
        { title: "backend" },
        { title: "messages of the stream", align: "right" },
        { title: "new calls", align: "right" },
      ],
      rows,
    ),
  ];
}
