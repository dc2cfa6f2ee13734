import type { ServiceImpl } from "@connectrpc/connect";
import type { InventoryService } from "@polywire/contract/polywire/inventory/v1/inventory_service";
import type { Kysely } from "kysely";
import type { Tables } from "../schema/tables.ts";

/** What the handlers work with. */
export interface Dependencies {
  db: Kysely<Tables>;
}

/** The handler of one RPC of the service. */
export type Handler<Method extends keyof ServiceImpl<typeof InventoryService>> = ServiceImpl<
  typeof InventoryService
>[Method];
