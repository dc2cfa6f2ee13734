import { expect, test } from "vitest";
import { checkParity } from "../src/parity/check-parity.ts";
import { sharedSystem } from "./support/shared-system.ts";

test("checkParity finds the same orders and errors on every wire", async () => {
  const { endpoints, issueToken } = sharedSystem();
  const parity = await checkParity({ endpoints, issueToken: ({ subject }) => issueToken(subject) }, () => undefined);
  expect(parity).toEqual({ ok: true, differences: [] });
});
