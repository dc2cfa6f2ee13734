import { setImmediate } from "node:timers/promises";
import type { Order } from "@polywire/contract/polywire/orders/v1/order";
import { interleave } from "@polywire/measure";
import { byConditions, type Condition, type Verdict, when } from "../framework/verdicts.ts";
import { type Codec, codeOrder } from "./codecs.ts";

/** From an object to bytes, and back. */
export const WORKS = ["encode", "decode"] as const;

/** What one codec costs for one kind of work, against JSON. */
export interface CpuCell {
  readonly codec: Exclude<Codec, "JSON">;
  readonly work: (typeof WORKS)[number];
  readonly items: number;
  /** JSON's CPU by the codec's, the median of the pairs: above 1 the codec costs less. */
  readonly ratio: number;
}

/** Items that one measurement works through at least: some milliseconds. */
const ITEMS_AT_ONCE = 5_000;
/** What an order costs that has no items, in items. */
const ORDER_ITSELF = 5;

/** Measures both directions of one order with every codec in turn, `pairs` times (7 at least) and once to warm up. */
export async function measureCpu(order: Order, pairs: number): Promise<CpuCell[]> {
  const coded = codeOrder(order);
  const items = order.lines.length;
  const times = Math.max(3, Math.round(ITEMS_AT_ONCE / (items + ORDER_ITSELF)));
  const cells: CpuCell[] = [];
  for (const work of WORKS) {
    const variant = (name: Codec) => ({ name, run: () => cpuOf(coded[name][work], times) });
    // What ProtoJSON costs matters only as the wrong way, and one direction shows it.
    const wrong = work === "encode" ? [variant("ProtoJSON")] : [];
    const { comparisons } = await interleave({
      variants: [variant("JSON"), variant("protobuf-es"), variant("protobufjs"), ...wrong],
      pairs,
    });
    for (const { name, medianRatio } of comparisons) {
      cells.push({ codec: name as CpuCell["codec"], work, items, ratio: 1 / medianRatio });
    }
  }
  return cells;
}

/** CPU, in microseconds: what else runs on the machine does not count. */
async function cpuOf(work: () => unknown, times: number): Promise<number> {
  await setImmediate();
  const before = process.cpuUsage();
  for (let done = 0; done < times; done += 1) work();
  const { user, system } = process.cpuUsage(before);
  return Math.max(1, user + system);
}

/** From here on the codec clearly costs less than JSON, and up to there clearly more. */
export const LESS = 1.25;
export const MORE = 0.8;

/** Claim 13.5: where protobuf costs less CPU than JSON. What is between the thresholds speaks for neither side. */
export function cpuClaim(cells: readonly CpuCell[]): Verdict {
  const protobuf = cells.filter(({ codec }) => codec !== "ProtoJSON");
  const clear = protobuf.filter(({ ratio }) => ratio >= LESS || ratio <= MORE);
  const isSplit = clear.some(isLess) && !clear.every(isLess);
  // Where all that is clear agrees, what is not is the exception.
  const [first, ...others] = conditionsOf(isSplit ? clear : protobuf);
  if (first === undefined) throw new RangeError("no codec was measured");
  const shown = cells.filter(({ codec }) => codec === "ProtoJSON");
  const es = protobuf.filter(({ codec, work }) => codec === "protobuf-es" && work === "encode");
  const wrong = shown.map(({ ratio }, index) => (es[index]?.ratio ?? Number.NaN) / ratio);
  return byConditions(
    [first, ...others],
    [
      {
        name: "protobuf-es against its own JSON (toJson)",
        bit: wrong.length > 0 && wrong.every((ratio) => ratio > 1),
        because: `encoding it takes ${wrong.map(times).join(", ")} the CPU, so that protobuf seems to win at every size`,
      },
    ],
  );
}

function isLess({ ratio }: CpuCell): boolean {
  return ratio >= LESS;
}

function conditionsOf(cells: readonly CpuCell[]): Condition[] {
  const groups = Map.groupBy(cells, (cell) => `${cell.work}, ${cell.codec}, ${isLess(cell) ? "less" : "more"}`);
  return [...groups.values()].flatMap((own): Condition[] => {
    const [first] = own;
    if (first === undefined) return [];
    const items = own.map((cell) => cell.items).join(", ");
    const ratios = own.map(({ ratio }) => times(ratio)).join(", ");
    return [when(`${first.work}, ${first.codec}, ${items} items`, isLess(first), `JSON takes ${ratios} its CPU`)];
  });
}

function times(ratio: number): string {
  return `${ratio.toFixed(1)}x`;
}
