import { expect, test } from "vitest";
import { SOAK_LIMITS, soak } from "../bench/support/soak.ts";

/** Little enough to leave the machine to the tests that run meanwhile: the leak is found by counting, not by speed. */
const MINUTE = { seconds: 60, warmupSeconds: 10, piecesPerSecond: 300 };

test("createTap + holds no more memory after a minute of a stream than after its beginning, unlike one that leaks", async () => {
  const [tap, leaking] = await Promise.all([soak({ ...MINUTE, leak: false }), soak({ ...MINUTE, leak: true })]);
  expect(leaking.heapGrowthBytes).toBeGreaterThan(SOAK_LIMITS.heapGrowthBytes);
  expect(tap.heapGrowthBytes).toBeLessThan(SOAK_LIMITS.heapGrowthBytes);
  expect(tap.rssGrowthBytes).toBeLessThan(SOAK_LIMITS.rssGrowthBytes);
  expect(tap.samples[0]?.dropped).toBeGreaterThan(0);
  expect(tap.bytes).toBeGreaterThan(500e6);
}, 90_000);
