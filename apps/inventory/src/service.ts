import { InventoryService } from "@polywire/contract/polywire/inventory/v1/inventory_service";
import { implement, type ServiceRegistration } from "@polywire/rpc";
import { batchGetStock } from "./handlers/batch-get-stock.ts";
import { checkAvailability } from "./handlers/check-availability.ts";
import { confirmReservation } from "./handlers/confirm-reservation.ts";
import type { Dependencies } from "./handlers/dependencies.ts";
import { releaseReservation } from "./handlers/release-reservation.ts";
import { reserve } from "./handlers/reserve.ts";

/** The inventory service, for any engine. */
export function inventoryService(dependencies: Dependencies): ServiceRegistration {
  return implement(InventoryService, {
    checkAvailability: checkAvailability(dependencies),
    batchGetStock: batchGetStock(dependencies),
    reserve: reserve(dependencies),
    confirmReservation: confirmReservation(dependencies),
    releaseReservation: releaseReservation(dependencies),
  });
}
