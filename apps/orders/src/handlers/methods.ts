import type { ServiceImpl } from "@connectrpc/connect";
import type { EventLogService } from "@polywire/contract/polywire/events/v1/event_log_service";
import type { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";

/** The methods of OrderService as connect-es types them. */
export type OrderMethods = ServiceImpl<typeof OrderService>;

/** The methods of EventLogService as connect-es types them. */
export type EventLogMethods = ServiceImpl<typeof EventLogService>;
