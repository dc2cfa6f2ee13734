import { create } from "@bufbuild/protobuf";
import { FieldMaskSchema } from "@bufbuild/protobuf/wkt";
import { OrderSchema } from "@polywire/contract/polywire/orders/v1/order";
import {
  type CancelOrderRequest,
  CancelOrderRequestSchema,
  type CreateOrderRequest,
  CreateOrderRequestSchema,
  type UpdateOrderRequest,
  UpdateOrderRequestSchema,
} from "@polywire/contract/polywire/orders/v1/order_service";
import { parseIdempotencyKey, parseIfMatch, parseJsonObject, parseStrictJson } from "@polywire/http";
import { badRequest } from "@polywire/rpc";
import type { Request } from "express";
import { readJson, readOptionalJson } from "../serve/read-json.ts";

const CREATE_FIELDS = ["lines", "currency_code", "note", "shipping_address"];
const CHANGEABLE_FIELDS = OrderSchema.fields.filter(({ name }) => name === "note" || name === "shipping_address");
const UPDATE_FIELDS = [...CHANGEABLE_FIELDS.map(({ name }) => name), "version"];
const CANCEL_FIELDS = ["version", "reason"];

/** The CreateOrder call of a request: the body's fields and the key in the header. */
export async function readCreate(request: Request): Promise<CreateOrderRequest> {
  const idempotencyKey = parseIdempotencyKey(request.get("idempotency-key"));
  const message = parseStrictJson(CreateOrderRequestSchema, await readJson(request), { fields: CREATE_FIELDS });
  return { ...message, idempotencyKey };
}

/** The UpdateOrder call of a request: the fields that its body names are replaced, null removes one. */
export async function readUpdate(request: Request, orderId: string): Promise<UpdateOrderRequest> {
  const ifMatch = parseIfMatch(request.get("if-match"));
  const body = await readJson(request);
  const order = parseStrictJson(OrderSchema, body, { fields: UPDATE_FIELDS });
  const given = parseJsonObject(body);
  const paths = CHANGEABLE_FIELDS.filter(({ name, jsonName }) => name in given || jsonName in given).map(
    ({ name }) => name,
  );
  return create(UpdateOrderRequestSchema, {
    order: { ...order, orderId, version: expectedVersion(ifMatch, order.version) },
    updateMask: create(FieldMaskSchema, { paths }),
  });
}

/** The CancelOrder call of a request, whose body may be left out. */
export async function readCancel(request: Request, orderId: string): Promise<CancelOrderRequest> {
  const ifMatch = parseIfMatch(request.get("if-match"));
  const message = parseStrictJson(CancelOrderRequestSchema, await readOptionalJson(request), { fields: CANCEL_FIELDS });
  return { ...message, orderId, version: expectedVersion(ifMatch, message.version) };
}

/** The version that the header or the body expects; 0 for any. Both may be there when they agree. */
function expectedVersion(ifMatch: bigint | undefined, inBody: bigint): bigint {
  if (ifMatch !== undefined && inBody !== 0n && ifMatch !== inBody) {
    throw badRequest([{ field: "version", rule: "if_match.same", description: "it differs from the If-Match header" }]);
  }
  return ifMatch ?? inBody;
}
