import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import type { DrainSeen } from "./drain.ts";
import { drawPicture } from "./picture.ts";

const calls = Array.from({ length: 50 }, (_, index) => {
  const durationMs = 500 + index * 40;
  return durationMs > 1000
    ? ({ durationMs, endedMs: 1000, outcome: "UNAVAILABLE" } as const)
    : ({ durationMs, endedMs: durationMs, outcome: "OK" } as const);
});
const later = { outcomes: Array(10).fill("OK"), elsewhere: 10 };
const drained: DrainSeen = { caller: "grpc-js", way: "graceful", calls, goneMs: 200, goawayMs: 210, pings: 0, later };
const share = { byBackend: [400, 400, 0], maxAgeMs: null, connections: 0, failed: 0 };

test("drawPicture + draws the GOAWAY above eight calls and what was left of them, and the shares, in 80 columns", () => {
  const drains = [drained, { ...drained, way: "abrupt" as const, goawayMs: null }];
  const lines = stripVTControlCharacters(drawPicture({ drains, shares: { aged: share, ageless: share } })).split("\n");
  expect(lines).toContain("graceful: grpc-js");
  expect(lines.filter((line) => line.startsWith("server"))).toEqual([`server${" ".repeat(11)}G`]);
  expect(lines.filter((line) => /─+[✓✗]/.test(line))).toHaveLength(16);
  expect(lines).toContain(`0.50 s      ${"─".repeat(11)}✓`);
  expect(lines).toContain(`2.46 s      ${"─".repeat(24)}✗${"┄".repeat(36)}`);
  expect(lines).toContain("37 of 50 failed; of 10 later calls 10 went to the other server");
  expect(lines).toContain("none    400     400      0        0 %                0");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});
