import { randomBytes } from "node:crypto";
import { ConnectError } from "@connectrpc/connect";
import { errorDetails } from "@polywire/rpc";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createPageTokens } from "./page-tokens.ts";

const tokens = createPageTokens(randomBytes(32));
const reasonOf = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return errorDetails(ConnectError.from(error)).reason;
  }
};

test("PageTokens.open returns what seal took, for the same query", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n }), fc.uuid(), fc.string(), (micros, id, customer) => {
      const token = tokens.seal(["list", customer, 5n], [micros, id]);
      expect(tokens.open(["list", customer, 5n], token)).toEqual([String(micros), id]);
    }),
  );
});

test("PageTokens.open refuses a token of another query or another key", () => {
  const token = tokens.seal(["list", "anna", []], [1n, "a"]);
  expect(reasonOf(() => tokens.open(["list", "bert", []], token))).toBe("PAGE_TOKEN_INVALID");
  expect(reasonOf(() => tokens.open(["list", "anna", [1]], token))).toBe("PAGE_TOKEN_INVALID");
  expect(reasonOf(() => createPageTokens(randomBytes(32)).open(["list", "anna", []], token))).toBe(
    "PAGE_TOKEN_INVALID",
  );
});

test("PageTokens.open refuses a token with any byte changed, cut off or made up", () => {
  const bytes = Buffer.from(tokens.seal(["q"], [1n, "a"]), "base64url");
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (index, change) => {
      const forged = Buffer.from(bytes);
      forged[index] = (forged[index] ?? 0) ^ change;
      expect(reasonOf(() => tokens.open(["q"], forged.toString("base64url")))).toBe("PAGE_TOKEN_INVALID");
      expect(reasonOf(() => tokens.open(["q"], bytes.subarray(0, index).toString("base64url")))).toBe(
        "PAGE_TOKEN_INVALID",
      );
    }),
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(reasonOf(() => tokens.open(["q"], text))).toBe("PAGE_TOKEN_INVALID");
    }),
  );
});
