import { Code } from "@connectrpc/connect";
import { nameOf } from "../building-blocks/code-words.ts";
import { holdsIf, type Verdict } from "../framework/verdicts.ts";
import { share } from "../framework/words.ts";
import { type Decisions, type Ejection, type Fleet, mostWasted } from "./masking.ts";

/** Codes for which a balancer takes the backend for the culprit, and codes for which it is the caller. */
const CULPRIT = [Code.Unknown, Code.Internal, Code.Unavailable] as const;
const CALLER = [Code.InvalidArgument, Code.NotFound] as const;

/** What was seen of codes and of hiding them. */
export interface Masking {
  readonly ejections: readonly Ejection[];
  readonly fleets: readonly Fleet[];
  readonly decisions: readonly Decisions[];
}

/** Claim 20.5: everything as INTERNAL, for the balancer, those who retry, and their budget. */
export function maskingClaim({ ejections, fleets, decisions }: Masking): Verdict {
  const isEjected = (code: number): boolean => ejections.find((one) => one.code === code)?.ejected === true;
  const told = fleets.find(({ code }) => code !== Code.Internal);
  const masked = fleets.find(({ code }) => code === Code.Internal);
  const right = decisions.find(({ code }) => code === Code.Unavailable);
  const wrong = decisions.find(({ code }) => code === Code.Internal);
  if (told === undefined || masked === undefined || right === undefined || wrong === undefined) {
    throw new RangeError("both ways must be measured");
  }
  const ejected = ejections.filter((one) => one.ejected);
  return holdsIf(
    CULPRIT.every(isEjected) &&
      !CALLER.some(isEjected) &&
      told.ejected === 0 &&
      told.succeeded === told.good &&
      right.recovered === right.calls &&
      right.wasted === 0,
    `ejected after ${[...new Set(ejected.map(({ calls }) => calls))].join(" or ")} calls: ${ejected.map(({ code }) => nameOf(code)).join(", ")}; told apart, ${share(told.succeeded, told.good)} right calls succeed behind mistakes of others and ${share(right.recovered, right.calls)} retries help`,
    [
      {
        name: "everything as INTERNAL",
        bit:
          masked.ejected > 0 &&
          masked.succeeded < masked.good &&
          wrong.recovered === 0 &&
          wrong.wasted === mostWasted(wrong),
        because: `callers' mistakes eject ${masked.ejected} backends and ${share(masked.succeeded, masked.good)} right calls succeed; the retrier helps ${share(wrong.recovered, wrong.calls)} that would pass, and one that retries INTERNAL repeats mistakes ${wrong.wasted} times`,
      },
    ],
  );
}
