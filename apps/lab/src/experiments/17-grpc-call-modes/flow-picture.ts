import { styleText } from "node:util";
import { renderTable } from "../../terminal/table.ts";
import { megabytes } from "./flow-claim.ts";
import type { Flow, FlowSample } from "./flow-control.ts";

const CHART_COLUMNS = 60;
const CHART_ROWS = 8;
const ACCEPTED = "█";
const WINDOW = "─";

/** How far each stream came, and one of them against time. */
export function drawFlow(flows: readonly Flow[], drawn: Flow | undefined): string[] {
  const rows = flows.map((flow) => [
    flow.client,
    flow.reader,
    flow.obey ? "obeys" : "ignores",
    ...[flow.acceptedBytes, flow.sentBytes, flow.readBytes].map(megabytes),
    ...[flow.acceptedBytes - flow.sentBytes, flow.sentBytes - flow.readBytes].map((held) =>
      megabytes(Math.max(0, held)),
    ),
  ]);
  const words = ["client", "reader", "write()"].map((title) => ({ title }));
  const figures = ["accepted", "sent", "read", "in writer", "in reader"].map(
    (title) => ({ title, align: "right" }) as const,
  );
  return [
    styleText("bold", "How much of a stream a writer gets rid of, MB"),
    "",
    renderTable([...words, ...figures], rows),
    ...(drawn === undefined ? [] : ["", ...drawChart(drawn)]),
  ];
}

function drawChart({ client, reader, obey, samples }: Flow): string[] {
  const lastMs = Math.max(1, samples.at(-1)?.ms ?? 0);
  const most = Math.max(1, ...samples.flatMap(({ accepted, granted }) => [accepted, granted]));
  const columns = Array.from({ length: CHART_COLUMNS }, (_, column) =>
    sampleAt(samples, (lastMs * (column + 1)) / CHART_COLUMNS),
  );
  const lines = Array.from({ length: CHART_ROWS }, (_, index) => {
    const row = CHART_ROWS - index;
    const cells = columns.map(({ accepted, granted }) => {
      if (row === rowOf(granted, most)) return WINDOW;
      return row <= rowOf(accepted, most) ? ACCEPTED : " ";
    });
    const label = row === CHART_ROWS ? megabytes(most) : "";
    return `${label.padStart(8)} │${cells.join("")}`.trimEnd();
  });
  return [
    styleText("bold", `${client}, ${reader}, the writer ${obey ? "obeys" : "ignores"} write()`),
    `${ACCEPTED} accepted from the writer   ${WINDOW} allowed by the reader's window, MB`,
    ...lines,
    `${"".padStart(8)} └${"─".repeat(CHART_COLUMNS)}`,
    `${"".padStart(10)}0${`${lastMs.toFixed(0)} ms`.padStart(CHART_COLUMNS - 1)}`,
  ];
}

/** What held at that time. */
function sampleAt(samples: readonly FlowSample[], ms: number): FlowSample {
  return samples.findLast((sample) => sample.ms <= ms) ?? { ms, accepted: 0, granted: 0 };
}

/** From 1 for the least that can be seen; 0: nothing. */
function rowOf(bytes: number, most: number): number {
  return bytes === 0 ? 0 : Math.max(1, Math.round((CHART_ROWS * bytes) / most));
}
