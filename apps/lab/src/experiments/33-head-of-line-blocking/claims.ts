import { type Control, holdsIf, type Verdict } from "../framework/verdicts.ts";
import { share } from "../framework/words.ts";
import type { GapSeen } from "./gap-scenario.ts";
import type { Gaps } from "./gaps.ts";
import type { NeighboursSeen } from "./neighbours-scenario.ts";
import type { Orders } from "./order-scenario.ts";

/** Claim 33.1: replies of HTTP/1.1, whatever the order in which they were made. */
export function replyOrderClaim({ http1, http2 }: Orders): Verdict {
  return holdsIf(
    http1.connections === 1 && http1.servedBefore === http1.fast && http1.inOrder,
    `one connection, pipelined: the server had ${share(http1.servedBefore, http1.fast)} fast calls answered before the slow one, and the client got ${share(http1.repliedBefore, http1.fast)} of those replies before it, ${http1.inOrder ? "every reply in its turn" : "not every reply in its turn"}`,
    [
      {
        name: "the same calls over HTTP/2",
        bit: !http2.inOrder,
        because: `${share(http2.repliedBefore, http2.fast)} fast replies overtake the slow one`,
      },
    ],
  );
}

/** Claim 33.2, and 13.2: fast calls behind a slow one on the same HTTP/2 connection. */
export function overtakingClaim({ http1, http2 }: Orders): Verdict {
  return holdsIf(
    http2.connections === 1 && http2.repliedBefore === http2.fast,
    `on ${http2.connections} connection ${share(http2.repliedBefore, http2.fast)} fast calls finish before the slow one`,
    [
      {
        name: "the same calls over one HTTP/1.1 connection",
        bit: http1.connections === 1 && http1.repliedBefore === 0,
        because: `${share(http1.repliedBefore, http1.fast)} finish before it`,
      },
    ],
  );
}

/** What of the calls must finish elsewhere. */
const MOST = 30 / 48;

/** Claim 33.3: who finishes while a byte of one TCP connection is missing. */
export function gapClaim({ multiplexed, ...controls }: Gaps): Verdict {
  const stalled = multiplexed.filter(({ struck, finishedDuring }) => struck === 1 && finishedDuring === 0);
  return holdsIf(
    multiplexed.length > 0 && stalled.length === multiplexed.length,
    multiplexed.map((seen) => `${seen.wire}: ${tellGap(seen)}`).join("; "),
    gapControls(controls),
  );
}

/** The two ways in which calls go on all the same. */
export function gapControls({ spread, oneStream }: Omit<Gaps, "multiplexed">): [Control, Control] {
  const goesOn = (seen: GapSeen): boolean => seen.struck === 1 && seen.finishedDuring >= MOST * seen.calls.length;
  return [
    { name: spread.wire, bit: goesOn(spread), because: `${tellGap(spread)}: one connection is lost, not the others` },
    {
      name: "one stream held back in place of a byte",
      bit: goesOn(oneStream),
      because: `${tellGap(oneStream)}: the streams do not wait for each other, TCP does`,
    },
  ];
}

/** What became of the calls. */
export function tellGap({ finishedDuring, calls, gap }: GapSeen): string {
  return `${share(finishedDuring, calls.length)} calls finish during the gap of ${Math.round(gap.toMs - gap.fromMs)} ms`;
}

/** Claim 33.4: calls beside a reply that nobody reads. */
export function neighboursClaim(application: NeighboursSeen, receiver: NeighboursSeen): Verdict {
  const { neighbours, finishedDuring, sentBefore, sentAfter, bodyBytes } = application;
  const isStalled = sentBefore === sentAfter && sentAfter < bodyBytes;
  return holdsIf(
    isStalled && finishedDuring === neighbours,
    `${share(finishedDuring, neighbours)} neighbours are answered while a reply of ${bodyBytes} bytes ${isStalled ? "stands" : "goes on"} at ${sentAfter}`,
    [
      {
        name: "a receiver that gives nothing back of the connection's window",
        bit: receiver.finishedDuring === 0 && receiver.finishedAfter === receiver.neighbours,
        because: `${share(receiver.finishedDuring, receiver.neighbours)} are answered until it does`,
      },
    ],
  );
}
