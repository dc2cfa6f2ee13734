import type { Client } from "@connectrpc/connect";
import type { InventoryService } from "@polywire/contract/polywire/inventory/v1/inventory_service";
import type { PricingService } from "@polywire/contract/polywire/pricing/v1/pricing_service";
import type { EventLog } from "@polywire/realtime/server";
import type { Kysely } from "kysely";
import type { WakeUp } from "./log/wake-up.ts";
import type { OrderSnapshots } from "./orders/order-snapshots.ts";
import type { PageTokens } from "./orders/page-tokens.ts";
import type { Tables } from "./schema/tables.ts";

/** What the handlers of one process share. */
export interface Dependencies {
  db: Kysely<Tables>;
  pricing: Client<typeof PricingService>;
  inventory: Client<typeof InventoryService>;
  pageTokens: PageTokens;
  log: EventLog;
  snapshots: OrderSnapshots;
  /** Called when an export is to be written. */
  exportAdded: WakeUp;
  limits: Limits;
  /** Aborted when the server starts to drain. */
  draining: AbortSignal;
  /** Runs work that must outlive the call being served: cleaning up after the caller has left. */
  detached: <T>(work: () => T) => T;
}

/** Bounds of the order service. */
export interface Limits {
  /** How long a claim on an idempotency key holds without an end of the call, in milliseconds. */
  claimLeaseMs: number;
  /** For how long stock is reserved until the order is confirmed, in milliseconds. */
  reservationTtlMs: number;
  /** A watch, or a conversation with a packing station, says something this often, in milliseconds. */
  heartbeatMs: number;
  /** How long a packing station keeps what it holds without a sign of life, in milliseconds. */
  stationLeaseMs: number;
  /** Exports of one customer that are written or kept. */
  maxExports: number;
}
