import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTokenVerifier, type TokenIssuer } from "@polywire/rpc";
import { expect, test } from "vitest";
import { loadTokenKey } from "../src/tokens/token-key.ts";
import { aProblem, gatewayUnderTest, problemOf } from "./gateway-under-test.ts";

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), "token-key-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

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

test("loadTokenKey + makes a key for its owner only, the same one for all who start at once, and keeps it", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "key.json");
  const keys = await Promise.all(Array.from({ length: 8 }, () => loadTokenKey(path)));
  expect(new Set(keys.map(({ kid }) => kid)).size).toBe(1);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder.path)).toEqual(["key.json"]);
  expect(await loadTokenKey(path)).toEqual(keys[0]);
});

test("loadTokenKey + says which file is not a key, without what is in it", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "key.json");
  await writeFile(path, "hunter2");
  const failure = await loadTokenKey(path).catch((error: Error) => error.message);
  expect(failure).toContain(path);
  expect(failure).not.toContain("hunter2");
  expect(await readFile(path, "utf8")).toBe("hunter2");
  await expect(loadTokenKey(join(folder.path, "none", "key.json"))).rejects.toThrow("ENOENT");
});
