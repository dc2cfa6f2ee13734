import { Code } from "@connectrpc/connect";
import { nameOf } from "../building-blocks/code-words.ts";
import { byConditions, type Condition, holdsIf, type Verdict, when } from "../framework/verdicts.ts";
import { share } from "../framework/words.ts";
import type { Conflict, Effects, Vain } from "./effects.ts";

/** Claim 20.2: the codes that are called retryable, and what trying again does. */
export function retryableClaim(effects: readonly Effects[], conflict: Conflict): Verdict {
  const conditions = effects.map((seen): Condition => {
    const { what, code, calls, recovered, extra } = seen;
    return when(
      `${nameOf(code)}, ${TITLES[what]}`,
      isTried(seen) && recovered === calls && extra === 0,
      `${share(recovered, calls)} succeed, ${extra} extra orders`,
    );
  });
  const { rounds, aborted, again, rereading } = conflict;
  const abortedOnes = [
    when("ABORTED, the same call again", aborted === rounds && again > 0, `${share(again, rounds)} succeed`),
    when(
      "ABORTED, reading again first",
      aborted === rounds && rereading === rounds,
      `${share(rereading, rounds)} succeed`,
    ),
  ];
  const bare = effects.filter(({ what }) => what === "order");
  return byConditions(
    [conditions[0] as Condition, ...conditions.slice(1), ...abortedOnes],
    [
      {
        name: "orders without an idempotency key",
        bit: bare.length > 0 && bare.every((seen) => isTried(seen) && seen.extra > 0),
        because: bare.map(({ code, calls, extra }) => `${nameOf(code)}: ${extra} extra in ${calls} calls`).join(", "),
      },
    ],
  );
}

const TITLES = {
  read: "a read",
  order: "an order without a key",
  "order with a key": "an order with an idempotency key",
} as const;

/** Whether every first attempt ended as it was to end. */
function isTried({ failed, calls }: Effects): boolean {
  return calls > 0 && failed === calls;
}

/** Claim 20.3: trying again what is wrong. `passing`: calls that pass at another attempt, retried in the same way. */
export function vainClaim(
  vain: readonly Vain[],
  passing: { readonly calls: number; readonly recovered: number },
): Verdict {
  const codes = [Code.InvalidArgument, Code.NotFound, Code.PermissionDenied];
  return holdsIf(
    codes.every((code) => vain.some((seen) => seen.code === code && seen.retries > 0 && seen.succeeded === 0)),
    vain
      .map(({ code, retries, succeeded }) => `${nameOf(code)}: ${share(succeeded, retries)} retries succeed`)
      .join(", "),
    [
      {
        name: "retrying UNAVAILABLE in the same way",
        bit: passing.recovered === passing.calls && passing.calls > 0,
        because: `${share(passing.recovered, passing.calls)} succeed at the second attempt: retries are not in vain by themselves`,
      },
    ],
  );
}
