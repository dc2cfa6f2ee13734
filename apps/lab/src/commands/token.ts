import { openTokenIssuer } from "@polywire/service";
import type { LabConfig } from "../config.ts";
import { homePaths } from "../system/home.ts";

/** The flags of `lab token`. */
export interface TokenFlags {
  readonly customer: string;
  readonly scope: readonly string[];
  readonly ttl: number;
}

/** Prints a development token, signed with the key that the running system publishes. */
export async function token({ home }: LabConfig, { customer, scope, ttl }: TokenFlags): Promise<number> {
  const issuer = await openTokenIssuer(homePaths(home).tokenKey);
  process.stdout.write(`${await issuer.issue({ subject: customer, scopes: scope, ttlSeconds: ttl })}\n`);
  return 0;
}
