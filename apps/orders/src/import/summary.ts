import { create, toBinary } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import {
  ImportErrorSchema,
  type ImportOrdersResponse,
  ImportOrdersResponseSchema,
} from "@polywire/contract/polywire/orders/v1/order_service";
import { codeName, errorDetails } from "@polywire/rpc";

/** What has become of the lines of an import. */
export interface Summary {
  /** Counts a stored line. */
  stored(): void;
  /** Counts a line that had been stored before. */
  repeated(): void;
  /** Counts a refused line, and lists it while there is room. */
  refused(lineNumber: bigint, error: ConnectError): void;
  /** The answer. */
  response(): ImportOrdersResponse;
}

const MAX_ERRORS = 1000;

/** Refusals can be long, and the answer must fit into one message. */
const MAX_ERRORS_BYTES = 1024 * 1024;

/** A summary of nothing yet. */
export function createSummary(): Summary {
  const response = create(ImportOrdersResponseSchema);
  let bytes = 0;
  return {
    stored: () => {
      response.storedOrders += 1n;
    },
    repeated: () => {
      response.repeatedOrders += 1n;
    },
    refused: (lineNumber, refusal) => {
      response.refusedLines += 1n;
      if (response.errors.length >= MAX_ERRORS || bytes >= MAX_ERRORS_BYTES) return;
      const { reason = "", fieldViolations } = errorDetails(refusal);
      const error = create(ImportErrorSchema, {
        lineNumber,
        code: codeName(refusal.code),
        reason,
        message: refusal.rawMessage,
        fieldViolations: fieldViolations.map(({ field, rule, description }) => ({
          field: field === "" ? "order" : `order.${field}`,
          reason: rule,
          description,
        })),
      });
      bytes += toBinary(ImportErrorSchema, error).length;
      response.errors.push(error);
    },
    response: () => response,
  };
}
