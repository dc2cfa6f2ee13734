import { parseJsonObject } from "@polywire/http";
import { badRequest, type TokenIssuer } from "@polywire/rpc";
import { CUSTOMER_ID, CUSTOMER_SCOPES } from "@polywire/service";
import { z } from "zod";
import { readJson } from "../serve/read-json.ts";
import type { Route } from "../serve/route.ts";

const TIMEOUT_MS = 5000;

/** The development token issuer: anybody may be any customer. */
export function tokenRoutes(issuer: TokenIssuer): Route[] {
  return [
    {
      method: "POST",
      path: "/v1/dev/tokens",
      timeoutMs: TIMEOUT_MS,
      isPublic: true,
      handle: async (request) => {
        const { customer, scopes, ttlSeconds } = parseTokenRequest(await readJson(request));
        const token = await issuer.issue({ subject: customer, scopes, ttlSeconds });
        return { status: 201, headers: { "cache-control": "no-store" }, body: JSON.stringify({ token }) };
      },
    },
    {
      method: "GET",
      path: "/.well-known/jwks.json",
      timeoutMs: TIMEOUT_MS,
      isPublic: true,
      handle: () => ({
        headers: { "content-type": "application/jwk-set+json", "cache-control": "public, max-age=300" },
        body: JSON.stringify(issuer.jwks),
      }),
    },
  ];
}

const tokenRequest = z.strictObject({
  customer: z.string().regex(CUSTOMER_ID, "1 to 64 letters, digits, _ and -"),
  scopes: z.array(z.enum(CUSTOMER_SCOPES)).max(CUSTOMER_SCOPES.length).default([]),
  ttlSeconds: z.int().min(1).max(86_400).default(3600),
});

function parseTokenRequest(body: Uint8Array): z.output<typeof tokenRequest> {
  const parsed = tokenRequest.safeParse(parseJsonObject(body));
  if (parsed.success) return parsed.data;
  throw badRequest(
    parsed.error.issues.flatMap((issue) => {
      if (issue.code === "unrecognized_keys") {
        return issue.keys.map((key) => ({
          field: key,
          rule: "unknown_field",
          description: "there is no such field here",
        }));
      }
      return [{ field: issue.path.map(String).join("."), rule: issue.code, description: issue.message }];
    }),
  );
}
