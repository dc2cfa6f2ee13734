import {
  type CreateOrderRequest,
  CreateOrderRequestSchema,
  type ImportOrdersRequest,
} from "@polywire/contract/polywire/orders/v1/order_service";
import { badRequest, validateMessage } from "@polywire/rpc";

/** A line of an import whose order keeps the rules of the contract. */
export interface ImportLine {
  lineNumber: bigint;
  request: CreateOrderRequest;
}

/** Checks the order of a line, which the contract leaves to the import. @throws VALIDATION_FAILED */
export function checkLine({ lineNumber, order }: ImportOrdersRequest): ImportLine {
  if (order === undefined) throw badRequest([{ field: "", rule: "required", description: "is required" }]);
  validateMessage(CreateOrderRequestSchema, order);
  return { lineNumber, request: order };
}
