import { readFile } from "node:fs/promises";
import { httpStatus } from "@polywire/http";
import { codeName, isReason, REASONS, rpcError } from "@polywire/rpc";
import type { Route } from "../serve/route.ts";

const TIMEOUT_MS = 5000;
const CACHEABLE = { "cache-control": "public, max-age=300" };

/** The REST contract, and what the type of a problem document means. */
export async function docRoutes(): Promise<Route[]> {
  const contract = await readFile(new URL("../../../../openapi/polywire.yaml", import.meta.url), "utf8");
  return [
    {
      method: "GET",
      path: "/openapi.yaml",
      timeoutMs: TIMEOUT_MS,
      isPublic: true,
      // RFC 9512
      handle: () => ({ headers: { ...CACHEABLE, "content-type": "application/yaml" }, body: contract }),
    },
    {
      method: "GET",
      path: "/v1/problems/:reason",
      timeoutMs: TIMEOUT_MS,
      isPublic: true,
      handle: (request) => ({ headers: CACHEABLE, body: describeReason(String(request.params.reason)) }),
    },
  ];
}

function describeReason(reason: string): string {
  if (!isReason(reason)) throw rpcError("ROUTE_NOT_FOUND", "there is no such problem type");
  const { code, meaning } = REASONS[reason];
  return JSON.stringify({ reason, code: codeName(code), status: httpStatus({ code, reason }), meaning });
}
