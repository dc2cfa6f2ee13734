import type { ColumnType, Generated } from "kysely";

/** The tables of the schema `inventory`. */
export interface Tables {
  stock: StockTable;
  reservations: ReservationsTable;
}

/** One row for each SKU of the catalogue. */
interface StockTable {
  sku: string;
  /** Pieces not yet taken by a confirmed reservation. */
  on_hand: number;
  /** Pieces held back, never more than `on_hand`. */
  reserved: number;
  /** Relative demand, for load generators; see `demandWeight`. */
  demand_weight: number;
}

/** One row for each key ever used, until the sweep forgets it. */
interface ReservationsTable {
  key: string;
  state: ReservationRowState;
  /** Line i is `skus[i]` and `quantities[i]`; empty for a key that was released without being reserved. */
  skus: string[];
  quantities: number[];
  /** When a held reservation ends; null for a key that was released without being reserved. */
  expires_at: ColumnType<Date | null>;
  changed_at: Generated<Date>;
}

export type ReservationRowState = "held" | "confirmed" | "released" | "expired";
