import { expect, test } from "vitest";
import { checkReadiness } from "./ready.ts";

test("checkReadiness is ready when every check is", async () => {
  expect(await checkReadiness({ database: async () => 1, broker: async () => 2 })).toEqual({
    ready: true,
    checks: { database: "ok", broker: "ok" },
  });
});

test("checkReadiness names the check that failed and shows no internal text", async () => {
  const report = await checkReadiness({
    database: async () => {
      throw new Error("password authentication failed for user orders");
    },
    broker: async () => 1,
  });
  expect(report).toEqual({ ready: false, checks: { database: "failed", broker: "ok" } });
});

test("checkReadiness gives up on a check that hangs", async () => {
  const report = await checkReadiness({ database: () => new Promise(() => undefined) }, 5);
  expect(report).toEqual({ ready: false, checks: { database: "no answer within 5 ms" } });
});
