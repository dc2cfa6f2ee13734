import { randomUUID } from "node:crypto";
import { fromBinary } from "@bufbuild/protobuf";
import {
  type CreateOrderRequest,
  CreateOrderResponseSchema,
} from "@polywire/contract/polywire/orders/v1/order_service";
import type { Dependencies } from "../dependencies.ts";
import { claimKey, claimLost, completeClaim, freeClaim } from "../idempotency/claim.ts";
import { hashOf, PLACING, replyOf } from "../idempotency/placing.ts";
import {
  defaultCurrency,
  OrderExists,
  type Placement,
  placeOrder,
  reservationKeyOf,
  unkeyed,
} from "../orders/place-order.ts";
import { currentPrincipal } from "../orders/viewer.ts";
import type { OrderMethods } from "./methods.ts";

/** Places an order, once for each idempotency key. */
export function createOrder(dependencies: Dependencies): OrderMethods["createOrder"] {
  const { db, limits } = dependencies;
  return async (request) => {
    const { subject } = currentPrincipal();
    const key = request.idempotencyKey;
    if (key === "") {
      const placement = placementOf(request, subject, randomUUID());
      return { order: await placeOrder(dependencies, placement, unkeyed(dependencies, placement)) };
    }
    const call = { principal: subject, method: PLACING, key, requestHash: hashOf(request) };
    const claimed = await claimKey(db, call, limits.claimLeaseMs);
    if ("reply" in claimed) return fromBinary(CreateOrderResponseSchema, claimed.reply);
    const { claim } = claimed;
    const order = await placeOrder(dependencies, placementOf(request, subject, claim.orderId), {
      complete: (transaction, stored) => completeClaim(transaction, claim, replyOf(stored)),
      // Whoever took the claim over goes on with the same reservation: only the holder may give it back.
      giveUp: () => freeClaim(db, claim),
    }).catch((error: unknown) => {
      throw error instanceof OrderExists ? claimLost() : error;
    });
    return { order };
  };
}

function placementOf(request: CreateOrderRequest, customerId: string, orderId: string): Placement {
  const { lines, note, shippingAddress } = request;
  const currencyCode = request.currencyCode || defaultCurrency;
  const reservationKey = reservationKeyOf(orderId);
  return { orderId, customerId, lines, currencyCode, note, shippingAddress, reservationKey };
}
