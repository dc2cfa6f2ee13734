import { Code } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { makeOrder } from "../building-blocks/sample-orders.ts";
import { judge, outcomeOf } from "../framework/judge.ts";
import { createRandom } from "../framework/random.ts";
import { askConnect, askGrpcJs } from "./ask.ts";
import { ALL_CODES, orderOf } from "./codes.ts";
import { detailsClaim, readWordings } from "./details-claim.ts";
import type { Conflict, Effects, Vain } from "./effects.ts";
import { byCode, startFaultService } from "./fault-service.ts";
import { type Growth, growthClaim } from "./growth-claim.ts";
import { mapInward, mappingClaim, type Outward } from "./mapping-claim.ts";
import { decide, type Ejection, type Fleet } from "./masking.ts";
import { type Masking, maskingClaim } from "./masking-claim.ts";
import { retryableClaim, vainClaim } from "./retry-claims.ts";
import { countAttempts } from "./retrying.ts";

const order = makeOrder(1, createRandom(20));

test("detailsClaim + holds, is refuted by a field that differs, invalid when the parser reads everything or nothing", async () => {
  const wordings = await readWordings();
  expect(outcomeOf(detailsClaim(wordings))).toBe("holds");
  expect(outcomeOf(detailsClaim(wordings.map((one) => ({ ...one, equal: 3 }))))).toBe("refuted");
  const [{ parsed } = { parsed: null }] = wordings;
  expect(outcomeOf(detailsClaim(wordings.map((one) => ({ ...one, parsed }))))).toBe("invalid");
  expect(outcomeOf(detailsClaim(wordings.map((one) => ({ ...one, parsed: null }))))).toBe("invalid");
});

const retried = (what: Effects["what"], extra: number, code: number = Code.Unavailable): Effects => ({
  ...{ what, code, extra },
  ...{ calls: 5, failed: 5, recovered: 5 },
});
const EFFECTS = [
  retried("read", 0),
  retried("order", 5),
  retried("order with a key", 0),
  retried("order", 5, Code.DeadlineExceeded),
  retried("order with a key", 0, Code.DeadlineExceeded),
];
const CONFLICT: Conflict = { rounds: 5, aborted: 5, again: 0, rereading: 5 };

test("retryableClaim + depends on the key and on reading again, and is invalid when no order is placed twice", () => {
  const verdict = retryableClaim(EFFECTS, CONFLICT);
  expect(outcomeOf(verdict)).toBe("depends");
  expect(judge(verdict).sides).toEqual(["holds", "refuted", "holds", "refuted", "holds", "refuted", "holds"]);
  const leaky = EFFECTS.map((seen) => (seen.what === "order with a key" ? { ...seen, extra: 1 } : seen));
  expect(judge(retryableClaim(leaky, CONFLICT)).sides[4]).toBe("refuted");
  const unstruck = EFFECTS.map((seen) => ({ ...seen, failed: 4 }));
  expect(outcomeOf(retryableClaim(unstruck, CONFLICT))).toBe("invalid");
  expect(
    outcomeOf(
      retryableClaim(
        EFFECTS.map((seen) => ({ ...seen, extra: 0 })),
        CONFLICT,
      ),
    ),
  ).toBe("invalid");
  expect(judge(retryableClaim(EFFECTS, { ...CONFLICT, again: 5, rereading: 4 })).sides.slice(-2)).toEqual([
    "holds",
    "refuted",
  ]);
});

const VAIN = [Code.InvalidArgument, Code.NotFound, Code.PermissionDenied].map(
  (code): Vain => ({ code, calls: 5, retries: 15, succeeded: 0 }),
);

test("vainClaim + is refuted by one retry that helps or a code that was not tried, invalid when no retry ever helps", () => {
  const passing = { calls: 5, recovered: 5 };
  expect(outcomeOf(vainClaim(VAIN, passing))).toBe("holds");
  expect(
    outcomeOf(
      vainClaim(
        VAIN.map((seen) => ({ ...seen, succeeded: 1 })),
        passing,
      ),
    ),
  ).toBe("refuted");
  expect(outcomeOf(vainClaim(VAIN.slice(1), passing))).toBe("refuted");
  expect(outcomeOf(vainClaim(VAIN, { calls: 5, recovered: 0 }))).toBe("invalid");
});

const CODE_PROTO = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401];

test("mappingClaim + depends, is refuted when every way strays, invalid when the way back is the inverse", async () => {
  const inward = await mapInward();
  const outward = ALL_CODES.map(
    (code): Outward => ({
      ...{ code, grpcJs: code, connect: code, connectHttp: CODE_PROTO[code] ?? 0, native: 200 },
      rest: code === Code.FailedPrecondition ? 409 : (CODE_PROTO[code] ?? 0),
    }),
  );
  const verdict = mappingClaim(outward, inward);
  expect(outcomeOf(verdict)).toBe("depends");
  expect(judge(verdict).sides).toEqual(["holds", "refuted", "refuted", "refuted"]);
  expect(verdict.conditions[1]?.because).toContain("not FAILED_PRECONDITION 409");
  for (const wrong of [{ connectHttp: 500 }, { connect: 2 }, { grpcJs: 2 }]) {
    const strayed = outward.map((seen) => (seen.code === Code.NotFound ? { ...seen, ...wrong } : seen));
    expect(outcomeOf(mappingClaim(strayed, inward))).toBe("refuted");
  }
  const agreeing = outward.map((seen) => ({ ...seen, rest: seen.connectHttp, native: seen.connectHttp }));
  expect(judge(mappingClaim(agreeing, inward)).sides).toEqual(["holds", "holds", "holds", "refuted"]);
  expect(judge(mappingClaim([], inward)).sides.slice(0, 3)).toEqual(["refuted", "refuted", "refuted"]);
  expect(outcomeOf(mappingClaim(outward, [{ status: 404, code: Code.NotFound }]))).toBe("invalid");
  expect(
    outcomeOf(
      mappingClaim(
        outward,
        inward.map((seen) => ({ ...seen, code: Code.Unknown })),
      ),
    ),
  ).toBe("invalid");
});

const EJECTED: readonly number[] = [2, 4, 12, 13, 14, 15];

test("maskingClaim + is refuted when a caller's code ejects, invalid when hiding codes does no harm", async () => {
  const decisions = await decide(order, 2);
  const masking: Masking = {
    ejections: ALL_CODES.map((code): Ejection => ({ code, ejected: EJECTED.includes(code), calls: 5 })),
    fleets: [
      { code: Code.InvalidArgument, ejected: 0, good: 12, succeeded: 12 },
      { code: Code.Internal, ejected: 3, good: 12, succeeded: 0 },
    ],
    decisions,
  };
  expect(outcomeOf(maskingClaim(masking))).toBe("holds");
  const ejecting = (code: number, ejected: boolean): Masking => ({
    ...masking,
    ejections: masking.ejections.map((one) => (one.code === code ? { ...one, ejected } : one)),
  });
  expect(outcomeOf(maskingClaim(ejecting(Code.InvalidArgument, true)))).toBe("refuted");
  expect(outcomeOf(maskingClaim(ejecting(Code.Unknown, false)))).toBe("refuted");
  const fleets = (code: number, change: Partial<Fleet>): Masking => ({
    ...masking,
    fleets: masking.fleets.map((one) => (one.code === code ? { ...one, ...change } : one)),
  });
  expect(outcomeOf(maskingClaim(fleets(Code.InvalidArgument, { succeeded: 11 })))).toBe("refuted");
  expect(outcomeOf(maskingClaim(fleets(Code.Internal, { ejected: 0, succeeded: 12 })))).toBe("invalid");
  const helped = decisions.map((one) => ({ ...one, recovered: one.calls }));
  expect(outcomeOf(maskingClaim({ ...masking, decisions: helped }))).toBe("invalid");
  const patient = decisions.map((one) => ({ ...one, wasted: 0 }));
  expect(outcomeOf(maskingClaim({ ...masking, decisions: patient }))).toBe("invalid");
});

test("growthClaim + depends on the size, holds when everything arrives, invalid when nothing is lost or a cap loses", () => {
  const grown = (["direct", "envoy", "capped"] as const).flatMap((via) =>
    [4, 100].map((kilobytes): Growth => {
      const isLost = via !== "capped" && kilobytes === 100;
      const bytes = kilobytes * 1000;
      return { via, kilobytes, sentBytes: bytes, code: isLost ? 13 : 9, arrivedBytes: isLost ? 0 : bytes };
    }),
  );
  expect(outcomeOf(growthClaim(grown))).toBe("depends");
  expect(judge(growthClaim(grown)).sides).toEqual(["holds", "refuted", "holds", "refuted"]);
  const whole = grown.map((one) => ({ ...one, code: 9, arrivedBytes: one.sentBytes }));
  expect(growthClaim(whole).verdict).toBe("holds");
  expect(outcomeOf(growthClaim(whole))).toBe("invalid");
  expect(outcomeOf(growthClaim(grown.map((one) => ({ ...one, code: 13, arrivedBytes: 0 }))))).toBe("invalid");
});

test("startFaultService + gives every code to both clients, and countAttempts + tells the retriers apart", async () => {
  await using service = await startFaultService(byCode(order));
  for (const code of ALL_CODES) {
    expect((await askGrpcJs(service.grpc, orderOf(code))).code).toBe(code);
    expect((await askConnect(service.connect, orderOf(code))).code).toBe(code);
    expect(service.attempts(orderOf(code))).toBe(2);
  }
  const ones = (many: (code: number) => boolean) => ALL_CODES.map((code) => (many(code) ? 3 : 1));
  expect(await countAttempts("unavailable", order)).toEqual(ones((code) => code === Code.Unavailable));
  expect(await countAttempts("all", order)).toEqual(ones((code) => code !== 0));
}, 30_000);
