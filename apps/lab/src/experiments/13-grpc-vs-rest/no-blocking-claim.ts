import { gapControls, tellGap } from "../33-head-of-line-blocking/claims.ts";
import type { Gaps } from "../33-head-of-line-blocking/gaps.ts";
import { holdsIf, type Verdict } from "../framework/verdicts.ts";

/** Claim 13.3: who finishes on a shared connection of which a byte is missing. */
export function noBlockingClaim({ multiplexed, ...controls }: Gaps): Verdict {
  return holdsIf(
    multiplexed.some(({ finishedDuring }) => finishedDuring > 0),
    multiplexed.map((seen) => `${seen.wire}: ${tellGap(seen)}`).join("; "),
    gapControls(controls),
  );
}
