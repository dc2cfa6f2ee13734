import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openTokenIssuer } from "../src/index.ts";

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), "token-issuer-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

test("openTokenIssuer + makes a key for its owner only, the same one for all who start at once, and keeps it", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "data", "key.json");
  const issuers = await Promise.all(Array.from({ length: 8 }, () => openTokenIssuer(path)));
  const [first] = issuers.map(({ jwks }) => jwks);
  for (const { jwks } of issuers) expect(jwks).toEqual(first);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(join(folder.path, "data"))).toEqual(["key.json"]);
  expect((await openTokenIssuer(path)).jwks).toEqual(first);
});

test.each(["hunter2", '{"kty":"OKP","k":"hunter2"}', "null"])(
  "openTokenIssuer + says which file holds no key, without what is in it: %s",
  async (content) => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "key.json");
    await writeFile(path, content);
    const error: Error = await openTokenIssuer(path).then(
      () => new Error("it was taken"),
      (reason) => reason,
    );
    expect(error.message).toBe(`${path} holds no token key: remove it and start again, and a new one is made`);
    expect(error.cause).toBeUndefined();
  },
);
