import { styleText } from "node:util";
import type { CallRecord } from "./call-record.ts";

/** How a call ended, in one word and its colour. */
export interface Outcome {
  readonly text: string;
  readonly colour: "green" | "red" | "yellow";
}

/** What became of a call. */
export function outcomeOf({ code, cancelledBy, endedAtMs }: CallRecord): Outcome {
  if (cancelledBy !== null) return { text: "cancelled", colour: "red" };
  if (endedAtMs === null || code === null) return { text: "open", colour: "yellow" };
  const good = code === "OK" || code === "complete" || /^[123]\d\d$/.test(code);
  return { text: code, colour: good ? "green" : "red" };
}

/** The outcome in its colour. */
export function drawOutcome(record: CallRecord): string {
  const { text, colour } = outcomeOf(record);
  return styleText(colour, text);
}

/** What is left of a deadline, in ms: whole where that is exact enough. */
export function formatBudget(ms: number): string {
  return ms.toLocaleString("en-US", { maximumFractionDigits: ms < 10 ? 2 : 0 });
}
