import type { Outcome } from "./outcome.ts";
import type { SqlStatement } from "./read-transactions.ts";

/** How a statement ended, in one word and its colour. */
export function statementOutcome({ outcome, cancelRequested, sqlstate }: SqlStatement): Outcome {
  if (outcome === null) return { text: "running", colour: "yellow" };
  if (outcome === "complete" || outcome === "empty") return { text: outcome, colour: "green" };
  // Cancelled without a CancelRequest: a timeout of the server's.
  if (outcome === "cancelled") return { text: cancelRequested ? "cancelled" : "timed out", colour: "red" };
  return { text: sqlstate ?? outcome, colour: "red" };
}
