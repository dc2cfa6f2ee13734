import { ConnectError } from "@connectrpc/connect";
import { importJWK, SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import { errorDetails } from "../details.ts";
import { rejection } from "../testing/requests.ts";
import { createTokenIssuer, generateTokenKey } from "./issuer.ts";
import { createTokenVerifier } from "./verifier.ts";

async function setUp() {
  const privateJwk = await generateTokenKey();
  let nowMs = 1_700_000_000_000;
  const clock = () => nowMs;
  const issuer = createTokenIssuer({ privateJwk, clock });
  return { privateJwk, issuer, clock, advance: (ms: number) => (nowMs += ms) };
}

async function reasonOf(call: Promise<unknown>) {
  return errorDetails(ConnectError.from(await rejection(call))).reason;
}

test("createTokenVerifier reads what createTokenIssuer has written", async () => {
  const { issuer, clock } = await setUp();
  const token = await issuer.issue({ subject: "customer-1", scopes: ["a", "b"], ttlSeconds: 60 });
  expect(await createTokenVerifier({ keys: issuer.jwks, clock })(token)).toEqual({
    subject: "customer-1",
    scopes: ["a", "b"],
    expiresAtMs: clock() + 60_000,
  });
});

test("createTokenIssuer publishes no private key", async () => {
  const { issuer } = await setUp();
  expect(issuer.jwks.keys).toHaveLength(1);
  expect(issuer.jwks.keys[0]).not.toHaveProperty("d");
  expect(issuer.jwks.keys[0]).toMatchObject({ crv: "Ed25519", kid: expect.any(String), alg: "EdDSA" });
});

test("createTokenIssuer refuses a key that is not private", async () => {
  const { privateJwk } = await setUp();
  const { d: _, ...publicJwk } = privateJwk;
  expect(() => createTokenIssuer({ privateJwk: publicJwk })).toThrow(TypeError);
});

describe("createTokenVerifier", () => {
  test("refuses a token when it expires, remembered or not", async () => {
    const { issuer, clock, advance } = await setUp();
    const verify = createTokenVerifier({ keys: issuer.jwks, clock });
    const token = await issuer.issue({ subject: "s", ttlSeconds: 10 });
    await verify(token);
    advance(9_999);
    expect(verify.known?.(token)).toBeDefined();
    advance(1);
    expect(verify.known?.(token)).toBeUndefined();
    expect(await reasonOf(verify(token))).toBe("TOKEN_EXPIRED");
  });

  test("looks at the keys again after cacheMs", async () => {
    const { issuer, clock, advance } = await setUp();
    const keys = structuredClone(issuer.jwks);
    const verify = createTokenVerifier({ keys, clock, cacheMs: 1000 });
    const token = await issuer.issue({ subject: "s" });
    await verify(token);
    advance(1000);
    expect(verify.known?.(token)).toBeUndefined();
  });

  test("remembers no more than maxCachedTokens, the longest unused goes first", async () => {
    const { issuer, clock } = await setUp();
    const verify = createTokenVerifier({ keys: issuer.jwks, clock, maxCachedTokens: 2 });
    const [first, second, third] = await Promise.all(["1", "2", "3"].map((subject) => issuer.issue({ subject })));
    await verify(first ?? "");
    await verify(second ?? "");
    await verify(first ?? "");
    await verify(third ?? "");
    expect([first, second, third].map((token) => verify.known?.(token ?? "") !== undefined)).toEqual([
      true,
      false,
      true,
    ]);
  });

  test("refuses foreign keys, issuers and audiences, other algorithms, and texts that are no tokens", async () => {
    const { issuer, clock, privateJwk } = await setUp();
    const verify = createTokenVerifier({ keys: issuer.jwks, clock });
    const stranger = createTokenIssuer({ privateJwk: await generateTokenKey(), clock });
    const otherIssuer = createTokenIssuer({ privateJwk, clock, issuer: "somebody" });
    const otherAudience = createTokenIssuer({ privateJwk, clock, audience: "something" });
    const unsigned = `${btoa('{"alg":"none"}')}.${btoa('{"sub":"s","exp":9999999999}')}.`;
    const tokens = [
      await stranger.issue({ subject: "s" }),
      await otherIssuer.issue({ subject: "s" }),
      await otherAudience.issue({ subject: "s" }),
      await new SignJWT({ sub: "s" }).setProtectedHeader({ alg: "HS256" }).sign(new Uint8Array(32)),
      unsigned,
      "",
      "a.b.c",
      "x".repeat(9000),
    ];
    for (const token of tokens) expect(await reasonOf(verify(token))).toBe("TOKEN_INVALID");
  });

  test("refuses a token without subject or expiry", async () => {
    const { issuer, clock, privateJwk } = await setUp();
    const verify = createTokenVerifier({ keys: issuer.jwks, clock });
    const key = await importJWK(privateJwk, "EdDSA");
    const header = { alg: "EdDSA", kid: privateJwk.kid ?? "" };
    const base = () => new SignJWT({}).setProtectedHeader(header).setIssuer("polywire-dev").setAudience("polywire");
    const endless = await base().setSubject("s").sign(key);
    const nobodys = await base()
      .setExpirationTime(clock() / 1000 + 60)
      .sign(key);
    expect(await reasonOf(verify(endless))).toBe("TOKEN_INVALID");
    expect(await reasonOf(verify(nobodys))).toBe("TOKEN_INVALID");
  });

  test("wants either jwksUrl or keys", () => {
    expect(() => createTokenVerifier({})).toThrow(TypeError);
  });
});
