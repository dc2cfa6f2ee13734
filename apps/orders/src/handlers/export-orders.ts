import { create } from "@bufbuild/protobuf";
import { OrderFilterSchema } from "@polywire/contract/polywire/orders/v1/order_service";
import type { Dependencies } from "../dependencies.ts";
import { currentViewer } from "../orders/viewer.ts";
import type { OrderMethods } from "./methods.ts";

/** Streams every order that matches. The next ones are read when the caller has taken those before. */
export function exportOrders({ snapshots }: Dependencies): OrderMethods["exportOrders"] {
  return async function* exportMatching({ filter = create(OrderFilterSchema) }, { signal }) {
    await using snapshot = await snapshots.open({ filter, viewer: currentViewer() }, signal);
    for (;;) {
      const orders = await snapshot.next();
      if (orders.length === 0) return;
      yield { orders };
    }
  };
}
