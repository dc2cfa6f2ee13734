import { createRegistry } from "@bufbuild/protobuf";
import { file_polywire_events_v1_event_log_service } from "@polywire/contract/polywire/events/v1/event_log_service";
import { file_polywire_inventory_v1_inventory_service } from "@polywire/contract/polywire/inventory/v1/inventory_service";
import { file_polywire_orders_v1_order_service } from "@polywire/contract/polywire/orders/v1/order_service";
import { file_polywire_pricing_v1_pricing_service } from "@polywire/contract/polywire/pricing/v1/pricing_service";
import { file_polywire_realtime_v1_frames } from "@polywire/contract/polywire/realtime/v1/frames";

/** Everything that our services say to each other: gives messages on the wire their names. */
export const CONTRACT = createRegistry(
  file_polywire_events_v1_event_log_service,
  file_polywire_inventory_v1_inventory_service,
  file_polywire_orders_v1_order_service,
  file_polywire_pricing_v1_pricing_service,
  file_polywire_realtime_v1_frames,
);

const FRAMES = { client: "polywire.realtime.v1.ClientFrame", server: "polywire.realtime.v1.ServerFrame" } as const;

/** What each side of one of our WebSockets sends. */
export function websocketTypes(subprotocol: string): typeof FRAMES | undefined {
  return subprotocol.startsWith("polywire.v1.") ? FRAMES : undefined;
}
