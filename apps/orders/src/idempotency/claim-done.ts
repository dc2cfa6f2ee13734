import type { ConnectError } from "@connectrpc/connect";
import { type Kysely, sql } from "kysely";
import type { Tables } from "../schema/tables.ts";
import { inProgress, keyReused } from "./claim.ts";

/** A keyed call that is done when the transaction of its effect commits. */
export interface DoneCall {
  key: string;
  requestHash: Uint8Array;
  orderId: string;
  reply: Uint8Array;
}

/** What a key was found to be: free, so that the effect must happen now; used by the same request before; or refused. */
export type KeyState = "new" | "repeated" | ConnectError;

/**
 * Claims keys and completes the claims at once, for calls that do nothing outside the transaction. Waits for other
 * transactions that claim the same keys, in the order of the keys, so that two batches never wait for each other.
 *
 * @param transaction that of the effects of the calls whose key is new
 * @param scope whose keys, of which method
 * @param calls may name a key several times
 * @returns the state of each call's key
 */
export async function claimDone(
  transaction: Kysely<Tables>,
  { principal, method }: { principal: string; method: string },
  calls: readonly DoneCall[],
): Promise<KeyState[]> {
  if (calls.length === 0) return [];
  const firsts = new Map<string, DoneCall>();
  for (const call of calls) if (!firsts.has(call.key)) firsts.set(call.key, call);
  const unique = [...firsts.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  const inserted = await sql<{ key: string }>`
    INSERT INTO idempotency_keys (principal, method, key, request_hash, order_id, token, lease_until, reply)
    SELECT ${principal}, ${method}, key, request_hash, order_id, gen_random_uuid(), clock_timestamp(), reply
    FROM unnest(
      ${unique.map(({ key }) => key)}::text[], ${unique.map(({ requestHash }) => requestHash)}::bytea[],
      ${unique.map(({ orderId }) => orderId)}::uuid[], ${unique.map(({ reply }) => reply)}::bytea[]
    ) AS call (key, request_hash, order_id, reply)
    ON CONFLICT (principal, method, key) DO UPDATE
    SET order_id = excluded.order_id, token = excluded.token, lease_until = excluded.lease_until, reply = excluded.reply
    WHERE idempotency_keys.reply IS NULL AND idempotency_keys.lease_until <= clock_timestamp()
      AND idempotency_keys.request_hash = excluded.request_hash
    RETURNING key`.execute(transaction);
  const isNew = new Set(inserted.rows.map(({ key }) => key));
  const others = await read(
    transaction,
    { principal, method },
    [...firsts.keys()].filter((key) => !isNew.has(key)),
  );
  return calls.map((call) => {
    const first = firsts.get(call.key);
    if (first === call && isNew.has(call.key)) return "new";
    const holder =
      isNew.has(call.key) && first !== undefined
        ? { request_hash: first.requestHash, done: true }
        : others.get(call.key);
    if (holder !== undefined && Buffer.compare(call.requestHash, holder.request_hash) !== 0) return keyReused();
    // One that was freed meanwhile is to be had at the next attempt.
    return holder?.done === true ? "repeated" : inProgress(0);
  });
}

async function read(
  transaction: Kysely<Tables>,
  { principal, method }: { principal: string; method: string },
  keys: readonly string[],
): Promise<Map<string, { request_hash: Uint8Array; done: boolean }>> {
  if (keys.length === 0) return new Map();
  const rows = await transaction
    .selectFrom("idempotency_keys")
    .select(["key", "request_hash", sql<boolean>`reply IS NOT NULL`.as("done")])
    .where("principal", "=", principal)
    .where("method", "=", method)
    .where("key", "=", sql<string>`any(${keys})`)
    .execute();
  return new Map(rows.map((row) => [row.key, row]));
}
