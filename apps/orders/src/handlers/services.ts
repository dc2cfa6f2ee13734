import type { DescMethod } from "@bufbuild/protobuf";
import { EventLogService } from "@polywire/contract/polywire/events/v1/event_log_service";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { implement, type MethodScopes, type ServiceRegistration } from "@polywire/rpc";
import type { Dependencies } from "../dependencies.ts";
import { FULFIL_SCOPE, READ_EVENTS_SCOPE } from "../orders/viewer.ts";
import { batchGetOrders } from "./batch-get-orders.ts";
import { cancelOrder } from "./cancel-order.ts";
import { createOrder } from "./create-order.ts";
import { deleteOrder } from "./delete-order.ts";
import { downloadExport } from "./download-export.ts";
import { exportOrders } from "./export-orders.ts";
import { fulfilOrders } from "./fulfil-orders.ts";
import { getExport } from "./get-export.ts";
import { getLogBounds } from "./get-log-bounds.ts";
import { getOrder } from "./get-order.ts";
import { importOrders } from "./import-orders.ts";
import { listOrderEvents } from "./list-order-events.ts";
import { listOrders } from "./list-orders.ts";
import { readLog } from "./read-log.ts";
import { startExport } from "./start-export.ts";
import { updateOrder } from "./update-order.ts";
import { watchOrders } from "./watch-orders.ts";

/** The methods that are not for every customer. */
export const scopes: MethodScopes = new Map<DescMethod, string>([
  [OrderService.method.fulfilOrders, FULFIL_SCOPE],
  [EventLogService.method.readLog, READ_EVENTS_SCOPE],
  [EventLogService.method.getLogBounds, READ_EVENTS_SCOPE],
]);

/** What this app serves, on every engine. */
export function services(dependencies: Dependencies): ServiceRegistration[] {
  return [
    implement(OrderService, {
      createOrder: createOrder(dependencies),
      getOrder: getOrder(dependencies),
      batchGetOrders: batchGetOrders(dependencies),
      listOrders: listOrders(dependencies),
      updateOrder: updateOrder(dependencies),
      cancelOrder: cancelOrder(dependencies),
      deleteOrder: deleteOrder(dependencies),
      listOrderEvents: listOrderEvents(dependencies),
      startExport: startExport(dependencies),
      getExport: getExport(dependencies),
      downloadExport: downloadExport(dependencies),
      watchOrders: watchOrders(dependencies),
      exportOrders: exportOrders(dependencies),
      importOrders: importOrders(dependencies),
      fulfilOrders: fulfilOrders(dependencies),
    }),
    implement(EventLogService, {
      readLog: readLog(dependencies),
      getLogBounds: getLogBounds(dependencies),
    }),
  ];
}
