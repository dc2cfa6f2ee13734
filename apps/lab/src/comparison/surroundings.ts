import type { Progress } from "../terminal/status.ts";

/** Where a comparison reports to and what ends it. */
export interface ComparisonSurroundings {
  readonly onProgress: Progress;
  /** Ends the comparison, which then rejects with the signal's reason. */
  readonly signal: AbortSignal;
}
