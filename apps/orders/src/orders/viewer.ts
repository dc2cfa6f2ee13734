import { type Principal, rpcError } from "@polywire/rpc";
import { requireCall } from "@polywire/rpc/node";

/** Scope of a packing station: sees every order and moves its status. */
export const FULFIL_SCOPE = "orders:fulfil";

/** Scope of those who read everybody's events. */
export const READ_EVENTS_SCOPE = "events:read";

/** On whose behalf orders are read and changed. */
export interface Viewer {
  /** The customer: always the token's subject, never a request field. */
  subject: string;
  /** Whether orders of others are visible too. */
  seesAll: boolean;
}

/** The caller of the call being served. */
export function currentViewer(): Viewer {
  const { subject, scopes } = currentPrincipal();
  return { subject, seesAll: scopes.includes(FULFIL_SCOPE) };
}

/** The principal of the call being served. */
export function currentPrincipal(): Principal {
  const { principal } = requireCall();
  if (principal === undefined) throw rpcError("TOKEN_MISSING", "this call needs a bearer token");
  return principal;
}
