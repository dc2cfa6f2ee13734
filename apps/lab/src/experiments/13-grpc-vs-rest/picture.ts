import { styleText } from "node:util";
import { renderTable } from "../../terminal/table.ts";
import type { Gaps } from "../33-head-of-line-blocking/gaps.ts";
import { drawGaps } from "../33-head-of-line-blocking/picture.ts";
import { count } from "../framework/words.ts";
import { type BalancerName, type Balancing, countByBackend } from "./balancing.ts";
import { type CpuCell, LESS, MORE, WORKS } from "./cpu-claim.ts";
import type { WireSeen } from "./multiplexing.ts";
import type { OrderSizes } from "./sizes-claim.ts";

/** What the picture shows. */
export interface Picture {
  readonly wires: readonly WireSeen[];
  readonly gaps: Gaps;
  readonly sizes: readonly OrderSizes[];
  readonly cpu: readonly CpuCell[];
  readonly balancing: Balancing;
  /** Whose calls are drawn one by one. */
  readonly lb: BalancerName;
}

/** Wires, lanes with the gap, sizes, the CPU grid and calls per backend. 80 columns. */
export function drawPicture({ wires, gaps, sizes, cpu, balancing, lb }: Picture): string {
  return [
    ...drawWires(wires),
    "",
    ...drawGaps(gaps),
    ...drawSizes(sizes),
    "",
    ...drawCpu(cpu),
    "",
    ...drawBalancing(balancing, lb),
  ].join("\n");
}

function drawWires(wires: readonly WireSeen[]): string[] {
  const calls = wires[0]?.headers.map(({ call }) => `call ${call}`) ?? [];
  const figures = ["connections", ...calls, "with body"];
  return [
    styleText("bold", `Connections for ${wires[0]?.inFlight} calls in flight, and bytes of headers by call`),
    "",
    renderTable(
      [{ title: "wire" }, { title: "codec" }, ...figures.map((title) => ({ title, align: "right" }) as const)],
      wires.map(({ name, codec, connections, headers, callBytes }) => [
        name,
        codec,
        ...[connections, ...headers.map(({ request, response }) => request + response), callBytes].map(count),
      ]),
    ),
  ];
}

function drawSizes(sizes: readonly OrderSizes[]): string[] {
  const figures = ["items", "JSON", "protobuf", "ratio", "JSON gzipped", "protobuf gzipped", "ratio"];
  return [
    styleText("bold", "Bytes of one order"),
    "",
    renderTable(
      figures.map((title) => ({ title, align: "right" })),
      sizes.map(({ items, json, protobuf, gzippedJson, gzippedProtobuf }) => [
        count(items),
        count(json),
        count(protobuf),
        (protobuf / json).toFixed(2),
        count(gzippedJson),
        count(gzippedProtobuf),
        (gzippedProtobuf / gzippedJson).toFixed(2),
      ]),
    ),
  ];
}

const CODECS = ["protobuf-es", "protobufjs"] as const;

function drawCpu(cells: readonly CpuCell[]): string[] {
  const items = [...new Set(cells.map((cell) => cell.items))];
  const rows = WORKS.flatMap((work) =>
    CODECS.map((codec) => [
      work,
      codec,
      ...items.map((size) => {
        const cell = cells.find((own) => own.work === work && own.codec === codec && own.items === size);
        return cell === undefined ? "" : colourRatio(cell.ratio);
      }),
    ]),
  );
  const sizes = items.map((size) => ({ title: `${count(size)} items`, align: "right" }) as const);
  return [
    styleText("bold", "CPU of JSON by CPU of protobuf, in Node"),
    `${LESS} and more: protobuf costs less (+), ${MORE} and less: it costs more (-)`,
    "",
    renderTable([{ title: "work" }, { title: "codec" }, ...sizes], rows),
  ];
}

function colourRatio(ratio: number): string {
  const text = ratio.toFixed(2);
  if (ratio >= LESS) return styleText("green", `${text} +`);
  return ratio <= MORE ? styleText("red", `${text} -`) : `${text}  `;
}

/** Calls of one balancer that fit on a line. */
const CALLS_DRAWN = 51;
const BACKEND_NAMES = "ABCDEFGH";

function drawBalancing({ backends, seen }: Balancing, lb: BalancerName): string[] {
  const drawn = seen.find(({ balancer }) => balancer === lb);
  const names = BACKEND_NAMES.slice(0, backends);
  const line =
    drawn?.reached
      .slice(0, CALLS_DRAWN)
      .map((backend) => names[backend] ?? "?")
      .join("") ?? "";
  return [
    styleText("bold", "Calls by backend, over one long-lived client"),
    "",
    renderTable(
      [{ title: "balanced by" }, ...[...names].map((title) => ({ title, align: "right" }) as const)],
      seen.map(({ balancer, reached }) => [TITLES[balancer], ...countByBackend(reached, backends).map(String)]),
    ),
    "",
    `${lb}, call by call: ${line}`,
  ];
}

const TITLES: Readonly<Record<BalancerName, string>> = {
  l4: "an L4 proxy",
  pick_first: "pick_first, gRPC's default",
  round_robin: "round_robin in the client",
  l7: "an L7 proxy",
};
