import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { createTokenIssuer, generateTokenKey, type TokenIssuer } from "@polywire/rpc";

/** The key that signs development tokens: made once, kept with the data, readable by its owner only. */
export async function openTokenIssuer(keyFile: string): Promise<TokenIssuer> {
  const kept = await readFile(keyFile, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (kept !== null) return createTokenIssuer({ privateJwk: JSON.parse(kept) });
  const privateJwk = await generateTokenKey();
  await mkdir(dirname(keyFile), { recursive: true });
  await writeFile(keyFile, JSON.stringify(privateJwk), { mode: 0o600 });
  return createTokenIssuer({ privateJwk });
}
