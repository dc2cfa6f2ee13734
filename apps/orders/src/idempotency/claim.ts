import { randomUUID } from "node:crypto";
import type { ConnectError } from "@connectrpc/connect";
import { rpcError } from "@polywire/rpc";
import { type Kysely, type RawBuilder, type SqlBool, sql } from "kysely";
import type { Tables } from "../schema/tables.ts";

/** Which call a key stands for. */
export interface KeyedCall {
  principal: string;
  method: string;
  key: string;
  /** Tells the request from another one. */
  requestHash: Uint8Array;
}

/** The right to run a keyed call, until somebody takes it over after the lease. */
export interface Claim {
  call: KeyedCall;
  /** Fencing token: changes when the claim is taken over. */
  token: string;
  /** The order to be made; the same for who takes the claim over. */
  orderId: string;
}

const ATTEMPTS = 3;

/**
 * Claims a key in a transaction of its own.
 *
 * @returns the claim, or the stored reply when the call was done before
 * @throws IDEMPOTENCY_KEY_IN_PROGRESS while another claim is live, IDEMPOTENCY_KEY_REUSED for another request
 */
export async function claimKey(
  db: Kysely<Tables>,
  call: KeyedCall,
  leaseMs: number,
): Promise<{ claim: Claim } | { reply: Uint8Array }> {
  for (let attempt = 1; ; attempt += 1) {
    const claim = await tryClaim(db, call, leaseMs);
    if (claim !== undefined) return { claim };
    const known = await db
      .selectFrom("idempotency_keys")
      .where(ofCall(call))
      .select([
        "request_hash",
        "reply",
        sql<number>`extract(epoch FROM lease_until - clock_timestamp()) * 1000`.as("lease_ms"),
      ])
      .executeTakeFirst();
    // Freed between the two statements: the key is to be had again.
    if (known === undefined && attempt < ATTEMPTS) continue;
    if (known !== undefined && !Buffer.from(call.requestHash).equals(known.request_hash)) {
      throw keyReused();
    }
    if (known?.reply) return { reply: known.reply };
    throw inProgress(Math.max(0, Math.ceil(Number(known?.lease_ms ?? 0))));
  }
}

/**
 * Stores the reply in the transaction of the effect.
 *
 * @throws IDEMPOTENCY_KEY_IN_PROGRESS when the claim was taken over: the transaction must not be committed
 */
export async function completeClaim(transaction: Kysely<Tables>, claim: Claim, reply: Uint8Array): Promise<void> {
  const { numUpdatedRows } = await transaction
    .updateTable("idempotency_keys")
    .where(ofCall(claim.call))
    .set({ reply: Buffer.from(reply) })
    .where("token", "=", claim.token)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) throw claimLost();
}

/** Gives the key back after a failure. False when it is no longer held, or the call is done after all. */
export async function freeClaim(db: Kysely<Tables>, claim: Claim): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom("idempotency_keys")
    .where(ofCall(claim.call))
    .where("token", "=", claim.token)
    .where("reply", "is", null)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}

/** The answer for a holder whose claim was taken over: its successor has the reply, or will have it. */
export function claimLost(): ConnectError {
  return inProgress(0);
}

async function tryClaim(db: Kysely<Tables>, call: KeyedCall, leaseMs: number): Promise<Claim | undefined> {
  const token = randomUUID();
  const leaseUntil = sql<Date>`clock_timestamp() + ${leaseMs} * interval '1 millisecond'`;
  const claimed = await db
    .insertInto("idempotency_keys")
    .values({
      principal: call.principal,
      method: call.method,
      key: call.key,
      request_hash: Buffer.from(call.requestHash),
      order_id: randomUUID(),
      token,
      lease_until: leaseUntil,
    })
    .onConflict((conflict) =>
      conflict
        .columns(["principal", "method", "key"])
        .doUpdateSet({ token, lease_until: leaseUntil })
        .where("idempotency_keys.reply", "is", null)
        .where("idempotency_keys.lease_until", "<=", sql<Date>`clock_timestamp()`)
        .where("idempotency_keys.request_hash", "=", Buffer.from(call.requestHash)),
    )
    .returning("order_id")
    .executeTakeFirst();
  return claimed && { call, token, orderId: claimed.order_id };
}

function ofCall({ principal, method, key }: KeyedCall): RawBuilder<SqlBool> {
  return sql`principal = ${principal} AND method = ${method} AND key = ${key}`;
}

/** The answer for a key that another request was made with. */
export function keyReused(): ConnectError {
  return rpcError("IDEMPOTENCY_KEY_REUSED", "this idempotency key was used with another request; choose a new one");
}

/** The answer for a key whose call has not ended. */
export function inProgress(retryAfterMs: number): ConnectError {
  return rpcError("IDEMPOTENCY_KEY_IN_PROGRESS", "a call with this idempotency key is running; try again later", {
    retryAfterMs,
  });
}
