import { rpcError } from "@polywire/rpc";
import { sql, type Transaction } from "kysely";
import type { Tables } from "../schema/tables.ts";
import type { Line } from "./lines.ts";

/** What happens to the pieces of a line: +1 adds its quantity, −1 takes it away. */
export interface Movement {
  onHand: -1 | 0 | 1;
  reserved: -1 | 0 | 1;
}

/** Pieces are held back. */
const HOLD: Movement = { onHand: 0, reserved: 1 };
/** Held pieces are free again. */
export const GIVE_BACK: Movement = { onHand: 0, reserved: -1 };
/** Held pieces leave the warehouse. */
export const TAKE: Movement = { onHand: -1, reserved: -1 };
/** Pieces that had left come back. */
export const RETURN: Movement = { onHand: 1, reserved: 0 };

/** Locks the SKUs, in the order of their names: two calls with the same SKUs cannot wait for each other. */
export async function lockStock(
  transaction: Transaction<Tables>,
  skus: readonly string[],
): Promise<Map<string, { available: number }>> {
  const rows = await transaction
    .selectFrom("stock")
    .select(["sku", "on_hand", "reserved"])
    .where("sku", "=", sql<string>`any(${skus})`)
    .orderBy("sku")
    .forUpdate()
    .execute();
  return new Map(rows.map(({ sku, on_hand, reserved }) => [sku, { available: on_hand - reserved }]));
}

/** Moves the pieces of locked SKUs, each SKU once. */
export async function moveStock(
  transaction: Transaction<Tables>,
  lines: readonly Line[],
  movement: Movement,
): Promise<void> {
  const skus = lines.map(({ sku }) => sku);
  const quantities = lines.map(({ quantity }) => quantity);
  await sql`
    update stock
    set on_hand = on_hand + ${movement.onHand}::int * line.quantity,
        reserved = reserved + ${movement.reserved}::int * line.quantity
    from unnest(${skus}::text[], ${quantities}::int[]) as line (sku, quantity)
    where stock.sku = line.sku`.execute(transaction);
}

/** Locks the SKUs and holds the pieces back; throws UNKNOWN_SKU or OUT_OF_STOCK and holds nothing. */
export async function holdStock(transaction: Transaction<Tables>, lines: readonly Line[]): Promise<void> {
  const stock = await lockStock(
    transaction,
    lines.map(({ sku }) => sku),
  );
  for (const { sku } of lines) {
    if (!stock.has(sku))
      throw rpcError("UNKNOWN_SKU", `there is no SKU ${sku}`, {
        metadata: { sku },
        resource: { type: "sku", name: sku },
      });
  }
  for (const { sku, quantity } of lines) {
    const available = stock.get(sku)?.available ?? 0;
    if (available < quantity) throw outOfStock({ sku, quantity }, available);
  }
  await moveStock(transaction, lines, HOLD);
}

function outOfStock({ sku, quantity }: Line, available: number) {
  const metadata = { sku, requested: String(quantity), available: String(available) };
  return rpcError("OUT_OF_STOCK", `only ${available} of ${sku} are free, ${quantity} are wanted`, {
    metadata,
    resource: { type: "sku", name: sku },
  });
}
