import { join } from "node:path";
import { DATA_FOLDER } from "../system/home.ts";
import { openTokenIssuer } from "../system/token-key.ts";

/** The flags of `lab token`. */
export interface TokenFlags {
  readonly customer: string;
  readonly scope: readonly string[];
  readonly ttl: number;
}

/** Prints a development token, signed with the key that the running system publishes. */
export async function token({ customer, scope, ttl }: TokenFlags): Promise<number> {
  const issuer = await openTokenIssuer(join(DATA_FOLDER, "token-key.json"));
  process.stdout.write(`${await issuer.issue({ subject: customer, scopes: scope, ttlSeconds: ttl })}\n`);
  return 0;
}
