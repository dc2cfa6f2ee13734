import { byConditions, type Condition, holdsIf, type Verdict, when } from "../framework/verdicts.ts";
import type { DrainSeen } from "./drain.ts";
import type { Police, PoliceSeen } from "./police.ts";

/** Claim 36.1: what a graceful end costs, and where calls go then. */
export function gracefulClaim(graceful: DrainSeen, abrupt: DrainSeen): Verdict {
  const { later } = graceful;
  const lost = later.outcomes.filter((outcome) => outcome !== "OK").length;
  const isElsewhere = lost === 0 && later.elsewhere === later.outcomes.length;
  return holdsIf(
    graceful.goawayMs !== null && failedOf(graceful).length === 0 && isElsewhere,
    `${failuresOf(graceful)}; of ${later.outcomes.length} later calls the other server got ${later.elsewhere}, ${lost} failed`,
    [
      {
        name: "the sockets destroyed at the same moment",
        bit: failedOf(abrupt).length > 0,
        because: failuresOf(abrupt),
      },
    ],
  );
}

/** Claim 36.2: what destroyed sockets cost. */
export function abruptClaim(abrupt: DrainSeen, graceful: DrainSeen): Verdict {
  const running = abrupt.calls.filter(({ durationMs }) => durationMs > abrupt.goneMs);
  return holdsIf(
    running.length > 0 && running.every(({ outcome }) => outcome !== "OK"),
    `of ${running.length} calls that ran ${running.filter(({ outcome }) => outcome !== "OK").length} failed`,
    [
      {
        name: "GOAWAY at the same moment: no call fails that need not",
        bit: failedOf(graceful).length === 0,
        because: failuresOf(graceful),
      },
    ],
  );
}

/**
 * Claim 36.3: which clients bring their calls through a graceful end. What eager pings cost where nobody drains is a
 * control: whatever it comes to, it says nothing about drains.
 */
export function clientsClaim(drains: readonly [DrainSeen, ...DrainSeen[]], police: Police): Verdict {
  const condition = (seen: DrainSeen): Condition =>
    when(seen.caller, failedOf(seen).length === 0, `${failuresOf(seen)}, ${seen.pings} pings passed`);
  const [first, ...others] = drains;
  const { policed, unpoliced } = police;
  return byConditions(
    [condition(first), ...others.map(condition)],
    [
      {
        name: "eager pings to a server that polices them, and to one that takes any",
        bit: policed.goaway !== null && policed.outcome !== "OK" && unpoliced.outcome === "OK" && unpoliced.pings > 0,
        because: `${policed.caller}: ${tellPings(policed)}; ${tellPings(unpoliced)}`,
      },
    ],
  );
}

function tellPings({ server, outcome, pings, goaway }: PoliceSeen): string {
  return `a server that ${server}: ${pings} pings, ${goaway === null ? "no GOAWAY" : `GOAWAY ${goaway}`}, the call ended ${outcome}`;
}

/** The calls that did not end well. */
export function failedOf({ calls }: DrainSeen): DrainSeen["calls"] {
  return calls.filter(({ outcome }) => outcome !== "OK");
}

function failuresOf(seen: DrainSeen): string {
  const failed = failedOf(seen);
  const [first] = failed;
  if (first === undefined) return `${seen.calls.length} of ${seen.calls.length} calls finished`;
  const [from, to] = [Math.min(...failed.map(endOf)), Math.max(...failed.map(endOf))];
  return `${failed.length} of ${seen.calls.length} calls failed (${first.outcome}) from ${from} to ${to} ms`;
}

function endOf({ endedMs }: { readonly endedMs: number }): number {
  return endedMs;
}
