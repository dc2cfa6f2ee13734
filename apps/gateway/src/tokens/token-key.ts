import { randomUUID } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { generateTokenKey, type TokenIssuerOptions } from "@polywire/rpc";

type TokenKey = TokenIssuerOptions["privateJwk"];

/**
 * The private key (JWK) in a file. A missing file is made, readable by its owner only; when several processes start at
 * once, all get the same key.
 */
export async function loadTokenKey(path: string): Promise<TokenKey> {
  const text = await readIfThere(path);
  if (text !== undefined) return parseKey(path, text);
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, `${JSON.stringify(await generateTokenKey())}\n`, { mode: 0o600, flag: "wx" });
    // Unlike a rename, a link never replaces the key of a process that was faster; unlike a write, it is there at once.
    await link(draft, path);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return parseKey(path, await readFile(path, "utf8"));
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function parseKey(path: string, text: string): TokenKey {
  try {
    return JSON.parse(text) as TokenKey;
  } catch {
    // Without the cause: its message quotes the file.
    throw new Error(`${path} is not a key in JSON; remove it to have a new one made`);
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
