import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { createTokenIssuer, generateTokenKey, type TokenIssuer } from "@polywire/rpc";

/**
 * The issuer of development tokens whose private key (JWK) is in a file. A missing file is made, readable by its owner
 * only; when several processes start at once, all get the same key.
 *
 * @param keyFile where the key is kept
 * @returns the issuer
 * @throws when the file can't be read or holds no key; its content is never in the message
 */
export async function openTokenIssuer(keyFile: string): Promise<TokenIssuer> {
  const kept = await readIfThere(keyFile);
  if (kept !== undefined) return issuerOf(kept, keyFile);
  await mkdir(dirname(keyFile), { recursive: true });
  const draft = `${keyFile}.${randomUUID()}`;
  try {
    await writeFile(draft, `${JSON.stringify(await generateTokenKey())}\n`, { mode: 0o600, flag: "wx" });
    // Unlike a rename, a link never replaces the key of a process that was faster; unlike a write, it is there at once.
    await link(draft, keyFile);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return issuerOf(await readFile(keyFile, "utf8"), keyFile);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function issuerOf(text: string, keyFile: string): TokenIssuer {
  try {
    return createTokenIssuer({ privateJwk: JSON.parse(text) });
  } catch {
    // Without the cause: its message quotes the file.
    throw new Error(`${keyFile} holds no token key: remove it and start again, and a new one is made`);
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
