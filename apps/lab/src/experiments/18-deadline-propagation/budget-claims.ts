import { byConditions, type Condition, holdsIf, type Verdict, when } from "../framework/verdicts.ts";
import { ended, type Measured, tellLate, told } from "./measured.ts";
import type { CallSeen } from "./watch-call.ts";

/** Claim 18.1: does a clock that is wrong make a service misjudge what is left? */
export function crossingClaim({ entries, clockAheadMs, absolute }: Measured): Verdict {
  const seen = entries.flatMap(({ expired }) => expired);
  const misjudged = seen.filter(isMisjudged);
  const [example] = seen;
  const [before, after] = example === undefined ? [null, null] : [told(example, "orders"), told(example, "pricing")];
  const { budgetMs = 0 } = example ?? {};
  return holdsIf(
    misjudged.length > 0,
    `orders, its clock ${formatSeconds(clockAheadMs)} ahead, was told ${formatTold(before)} and passed on ${formatTold(after)}; it misjudged ${misjudged.length} of ${seen.length}`,
    [
      {
        name: "the deadline told as a time of day, to a hop with the same clock",
        bit: Math.abs(absolute.judgedMs - budgetMs) > budgetMs / 2,
        because: `of ${budgetMs} ms it saw ${formatTold(Math.round(absolute.judgedMs))} left and answered ${absolute.code}`,
      },
    ],
  );
}

/** Whether orders passed on nothing, or more than it was told. */
export function isMisjudged(call: CallSeen): boolean {
  return !isWithin(told(call, "pricing"), told(call, "orders"));
}

/** Claim 18.2: what the next hop is told of the caller's deadline. */
export function flowClaim({ entries, naive }: Measured): Verdict {
  const [first, ...others] = entries.map(({ entry, expired }) =>
    when(`the product's services, from ${entry}`, expired.length > 0 && expired.every(shrinks), tellTold(expired[0])),
  );
  return byConditions(
    [
      first as Condition,
      ...others,
      when("grpc-js, {parent: call}", shrinks(naive.parent), tellTold(naive.parent)),
      when("grpc-js, nothing said", shrinks(naive.none), tellTold(naive.none)),
      when("SQL by a driver that is not told", naive.driver.late.statements === 0, tellLate(naive.driver)),
    ],
    [
      {
        name: "the same timeout at each hop",
        bit: !shrinks(naive["per-hop"]),
        because: tellTold(naive["per-hop"]),
      },
    ],
  );
}

/** Claim 18.3: does anything outlive its caller where the budget is threaded through? */
export function threadedClaim({ entries, naive }: Measured): Verdict {
  const seen = entries.flatMap(({ expired, left }) => [...expired, ...left]);
  const outlived = seen.filter((call) => !ended(call) || call.effects > 0);
  const once = seen.filter(({ cancelled }) => cancelled === 1);
  return holdsIf(
    seen.length > 0 && outlived.length === 0 && once.length === seen.length,
    `${seen.length} calls from ${entries.map(({ entry }) => entry).join(", ")}: ${outlived.length} outlived their caller, ${once.length} statements cancelled once`,
    [outliving("no deadline on the next hop", naive.none), outliving("the same timeout at each hop", naive["per-hop"])],
  );
}

/** Claim 18.4: a timeout of each hop's own, beside one budget, on the same chain. */
export function perHopClaim({ naive }: Measured): Verdict {
  const { parent, none } = naive;
  const perHop = naive["per-hop"];
  return holdsIf(
    !ended(perHop) && ended(parent),
    `the same timeout at each hop, ${tellLate(perHop)}; one budget, ${tellLate(parent)}`,
    [outliving("no deadline on the next hop", none)],
  );
}

/** Claim 18.5: work that is not told of the call it belongs to, and a driver that cannot be told. */
export function detachedClaim({ naive }: Measured): Verdict {
  const { detached, driver, parent, none } = naive;
  return holdsIf(
    !ended(detached) && !ended(driver) && driver.late.statements > 0 && ended(parent),
    `pricing detached, ${tellLate(detached)}; no cancellation in the driver, ${tellLate(driver)}; the same chain without either, ${tellLate(parent)}`,
    [outliving("no deadline on the next hop", none)],
  );
}

/** Claim 18.6: the codes that callers get, and that services end with. */
export function codesClaim({ entries, ownTimer }: Measured): Verdict {
  const expired = entries.flatMap((one) => one.expired);
  const left = entries.flatMap((one) => one.left);
  const wrong = [
    ...expired.filter(({ code }) => code !== "DEADLINE_EXCEEDED"),
    ...left.filter(({ code, hops }) => code !== "CANCELED" || !hops.every((hop) => (hop.code ?? code) === code)),
  ];
  const codes = (calls: readonly CallSeen[]): string => [...new Set(calls.map(({ code }) => code))].join(", ");
  return holdsIf(
    expired.length > 0 && left.length > 0 && wrong.length === 0,
    `${expired.length} expired: ${codes(expired)}; ${left.length} left: ${codes(left)}, also in each service's log; ${wrong.length} with another code`,
    [
      {
        name: "a timer of the hop's own that throws an error of its own",
        bit: ownTimer !== "DEADLINE_EXCEEDED",
        because: `its caller got ${ownTimer}`,
      },
    ],
  );
}

function outliving(name: string, seen: CallSeen) {
  return { name, bit: !ended(seen), because: tellLate(seen) };
}

/** Whether each service as far as inventory was told, and of no more than the one before. */
function shrinks({ hops }: CallSeen): boolean {
  const services = hops.filter(({ hop }) => hop !== "SQL");
  return (
    services.at(-1)?.hop === "inventory" &&
    services.slice(1).every(({ toldMs }, index) => isWithin(toldMs, services[index]?.toldMs ?? null))
  );
}

/** Something is left, and not more than before. */
function isWithin(passedOnMs: number | null, toldMs: number | null): boolean {
  return passedOnMs !== null && passedOnMs > 0 && passedOnMs <= (toldMs ?? 0);
}

function tellTold(seen: CallSeen | undefined): string {
  const services = (seen?.hops ?? []).filter(({ hop }) => hop !== "SQL");
  return services.map(({ hop, toldMs }) => `${hop} ${formatTold(toldMs)}`).join(" > ");
}

function formatTold(ms: number | null): string {
  return ms === null ? "nothing" : `${Math.round(ms)} ms`;
}

function formatSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
