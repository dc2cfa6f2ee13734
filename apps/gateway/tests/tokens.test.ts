import { createTokenVerifier, type TokenIssuer } from "@polywire/rpc";
import { expect, test } from "vitest";
import { aProblem, gatewayUnderTest, problemOf } from "./gateway-under-test.ts";

test("POST /v1/dev/tokens + issues tokens that the published keys verify", async () => {
  await using gateway = await gatewayUnderTest();
  const keys = await fetch(`${gateway.url}/.well-known/jwks.json`);
  expect(keys.headers.get("cache-control")).toBe("public, max-age=300");
  const body = { customer: "bob", scopes: ["orders:fulfil"], ttlSeconds: 60 };
  const response = await gateway.call("/v1/dev/tokens", { method: "POST", body });
  expect([response.status, response.headers.get("cache-control")]).toEqual([201, "no-store"]);
  const { token } = (await response.json()) as { token: string };
  const jwks = (await keys.json()) as TokenIssuer["jwks"];
  expect(Object.keys(jwks.keys[0] ?? {})).not.toContain("d");
  const verified = await createTokenVerifier({ keys: jwks })(token);
  expect(verified).toMatchObject({ subject: "bob", scopes: ["orders:fulfil"] });
  expect(verified.expiresAtMs - Date.now()).toBeLessThanOrEqual(60_000);
});

test("POST /v1/dev/tokens + refuses names, scopes and lifetimes outside of the bounds, naming the field", async () => {
  await using gateway = await gatewayUnderTest();
  const cases: [unknown, string][] = [
    [{}, "customer invalid_type"],
    [{ customer: "a b" }, "customer invalid_format"],
    [{ customer: "x".repeat(65) }, "customer invalid_format"],
    [{ customer: "a", scopes: ["inventory:write"] }, "scopes.0 invalid_value"],
    [{ customer: "a", ttlSeconds: 86_401 }, "ttlSeconds too_big"],
    [{ customer: "a", ttlSeconds: 0 }, "ttlSeconds too_small"],
    [{ customer: "a", admin: true }, "admin unknown_field"],
  ];
  for (const [body, field] of cases) {
    const problem = await problemOf(await gateway.call("/v1/dev/tokens", { method: "POST", body }));
    expect(problem).toMatchObject({ ...aProblem(400, "INVALID_ARGUMENT", "VALIDATION_FAILED"), fields: [field] });
  }
});
