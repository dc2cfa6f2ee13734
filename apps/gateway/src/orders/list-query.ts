import { create, enumFromJson, isEnumJson } from "@bufbuild/protobuf";
import { OrderStatusSchema } from "@polywire/contract/polywire/orders/v1/order";
import { type ListOrdersRequest, ListOrdersRequestSchema } from "@polywire/contract/polywire/orders/v1/order_service";
import { badRequest, type FieldViolation } from "@polywire/rpc";

/**
 * The ListOrders call of a query: `page_size`, `page_token`, and `status`, which may be there several times.
 *
 * @throws INVALID_ARGUMENT naming each parameter that is unknown, given twice, or not of its type.
 */
export function parseListQuery(query: URLSearchParams): ListOrdersRequest {
  const violations = violationsOf(query);
  if (violations.length > 0) throw badRequest(violations);
  return create(ListOrdersRequestSchema, {
    pageSize: Number(query.get("page_size") ?? 0),
    pageToken: query.get("page_token") ?? "",
    statuses: query.getAll("status").map((name) => enumFromJson(OrderStatusSchema, name)),
  });
}

function violationsOf(query: URLSearchParams): FieldViolation[] {
  const violations: FieldViolation[] = [];
  for (const field of new Set(query.keys())) {
    const values = query.getAll(field);
    if (!PARAMETERS.has(field)) {
      violations.push({
        field: field.slice(0, 64),
        rule: "unknown_parameter",
        description: "there is no such parameter",
      });
    } else if (field !== "status" && values.length > 1) {
      violations.push({ field, rule: "once", description: "give it once" });
    } else if (field === "page_size" && !/^\d{1,9}$/.test(values[0] ?? "")) {
      violations.push({ field, rule: "type", description: "expected a whole number" });
    } else if (field === "status" && !values.every((name) => isEnumJson(OrderStatusSchema, name))) {
      violations.push({ field, rule: "type", description: `expected one of ${STATUS_NAMES}` });
    }
  }
  return violations;
}

const PARAMETERS: ReadonlySet<string> = new Set(["page_size", "page_token", "status"]);
const STATUS_NAMES = OrderStatusSchema.values
  .slice(1)
  .map(({ name }) => name)
  .join(", ");
