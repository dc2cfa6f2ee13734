import { askBeforeAndAfter, askFirst, askHowFast, askWhat, askWhileAndAfter, countInTheGap } from "../acts.ts";
import type { Case, Scenario } from "../scenario.ts";

const LATE_MS = 200;
const calls = { hop: "client", does: "a call" } as const;

const late = (fault: Case["fault"]): Omit<Case, "wire"> => ({
  ...calls,
  fault,
  act: (stage) => askHowFast(stage, LATE_MS),
  expected: "OK, late",
  control: "OK, on time",
});

const whole = {
  ...calls,
  fault: { kind: "slice", bytes: 7, gapMs: 0, direction: "both" },
  act: askWhat,
  expected: "the same order",
  control: "the same order",
} as const satisfies Omit<Case, "wire">;

const frozen = {
  ...calls,
  fault: { kind: "freeze", direction: "both" },
  act: askWhileAndAfter,
  control: "OK, lifted: OK",
} as const;

const silent = {
  ...calls,
  fault: { kind: "half-open", connection: 1 },
  act: askBeforeAndAfter,
  control: "OK, then OK",
} as const;

const gap = {
  hop: "client",
  fault: { kind: "withhold" },
  does: "6 calls at once",
  act: countInTheGap,
  control: "6 of 6 end in the gap; in all 6 OK",
} as const;

const ended = (kind: "cut" | "reset") =>
  ({ ...calls, fault: { kind, afterBytes: 0, times: 1 }, act: askBeforeAndAfter, control: "OK, then OK" }) as const;

/** Faults for which the protocol does not matter, and what each protocol makes of them. */
export const byteScenarios: readonly Scenario[] = [
  {
    fault: "latency",
    title: "replies come later",
    cases: (["rest-h1", "grpc", "ws-json"] as const).map((wire) => ({
      wire,
      ...late({ kind: "latency", ms: LATE_MS + 20, jitterMs: 20 }),
    })),
  },
  {
    fault: "bandwidth",
    title: "replies come slowly",
    cases: (["rest-h1", "grpc-web"] as const).map((wire) => ({
      wire,
      ...late({ kind: "bandwidth", bytesPerSecond: 2000 }),
    })),
  },
  {
    fault: "slice",
    title: "everything comes in writes of 7 bytes",
    cases: [
      ...(["rest-h1", "grpc", "grpc-web", "connect-json", "ws-json"] as const).map((wire) => ({ wire, ...whole })),
      {
        ...calls,
        wire: "rest-h2",
        does: "a call: Envoy first reads a part of the preface",
        fault: { kind: "slice", bytes: 7, direction: "up" },
        act: askFirst,
        expected: "ERR_HTTP2_ERROR",
        control: "OK",
      },
      { wire: "rest-h2", ...whole, fault: { kind: "slice", bytes: 24, gapMs: 0, direction: "both" } },
    ],
  },
  {
    fault: "freeze",
    title: "the hop stops reading and forwarding, and goes on later",
    cases: [
      { wire: "rest-h1", ...frozen, expected: "gives up by itself, lifted: OK" },
      { wire: "grpc", ...frozen, expected: "DEADLINE_EXCEEDED, lifted: OK" },
      { wire: "connect-json", ...frozen, expected: "DEADLINE_EXCEEDED, lifted: OK" },
      { wire: "ws-json", ...frozen, expected: "gives up by itself, lifted: OK" },
    ],
  },
  {
    fault: "half-open",
    title: "one connection's other side is gone and never says so",
    cases: [
      { wire: "rest-h1", ...silent, expected: "gives up by itself, then OK" },
      { wire: "grpc", ...silent, expected: "DEADLINE_EXCEEDED, then OK" },
      { wire: "ws-json", ...silent, expected: "gives up by itself, then gives up by itself" },
    ],
  },
  {
    fault: "withhold",
    title: "one byte of one connection does not come, until it does",
    cases: [
      { wire: "rest-h1", ...gap, expected: "5 of 6 end in the gap; in all 6 OK" },
      { wire: "grpc", ...gap, expected: "0 of 6 end in the gap; in all 6 OK" },
    ],
  },
  {
    fault: "cut",
    title: "the connection ends where the reply would begin",
    cases: [
      { wire: "rest-h1", ...ended("cut"), expected: "ECONNRESET, then OK" },
      { wire: "grpc", ...ended("cut"), expected: "UNAVAILABLE, then OK" },
      { wire: "connect-json", ...ended("cut"), expected: "ABORTED, then OK" },
      { wire: "ws-json", ...ended("cut"), expected: "closed 1006, then closed 1006" },
    ],
  },
  {
    fault: "reset",
    title: "the same, by RST",
    cases: [
      { wire: "rest-h1", ...ended("reset"), expected: "ECONNRESET, then OK" },
      { wire: "grpc", ...ended("reset"), expected: "UNAVAILABLE, then OK" },
      { wire: "ws-json", ...ended("reset"), expected: "closed 1006, then closed 1006" },
    ],
  },
];
