import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { createTokenIssuer, generateTokenKey, type TokenIssuer } from "@polywire/rpc";

/** The key that signs development tokens: made once, kept with the data, readable by its owner only. */
export async function openTokenIssuer(keyFile: string): Promise<TokenIssuer> {
  const kept = await readFile(keyFile, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (kept !== null) return issuerOf(kept, keyFile);
  const privateJwk = await generateTokenKey();
  await mkdir(dirname(keyFile), { recursive: true });
  // Whole or not at all, so that no kill leaves half a key.
  const draft = `${keyFile}-${process.pid}`;
  await writeFile(draft, JSON.stringify(privateJwk), { mode: 0o600 });
  await rename(draft, keyFile);
  return createTokenIssuer({ privateJwk });
}

function issuerOf(kept: string, keyFile: string): TokenIssuer {
  try {
    return createTokenIssuer({ privateJwk: JSON.parse(kept) });
  } catch (cause) {
    throw new Error(`${keyFile} holds no token key: remove it and start again, and a new one is made`, { cause });
  }
}
