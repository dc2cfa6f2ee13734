import { create } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import {
  CreateOrderRequestSchema,
  GetOrderRequestSchema,
  OrderService,
} from "@polywire/contract/polywire/orders/v1/order_service";
import { expect, test, vi } from "vitest";
import { errorDetails } from "../details.ts";
import { type AnyFn, answering, rejection, streamRequest, unaryRequest } from "../testing/requests.ts";
import { validateMessage, validation, warmUpValidation } from "./validation.ts";

test("validation lets a valid message through", async () => {
  const work = vi.fn(answering());
  await validation()(work)(unaryRequest());
  expect(work).toHaveBeenCalled();
});

test("validation refuses an invalid message before any work", async () => {
  const work = vi.fn(answering());
  const message = create(GetOrderRequestSchema, { orderId: "7" });
  const call = validation()(work)({ ...unaryRequest(), message } as ReturnType<typeof unaryRequest>);
  const details = errorDetails(ConnectError.from(await rejection(call)));
  expect(details.reason).toBe("VALIDATION_FAILED");
  expect(details.fieldViolations).toMatchObject([{ field: "order_id", rule: "string.uuid" }]);
  expect(work).not.toHaveBeenCalled();
});

test("validation checks each message of a stream when it is read", async () => {
  const read: unknown[] = [];
  const reader: AnyFn = async (request) => {
    for await (const message of request.message as AsyncIterable<{ lineNumber: bigint }>) read.push(message.lineNumber);
    return answering()(request);
  };
  const call = validation()(reader)(streamRequest([{ lineNumber: 1n }, { lineNumber: 0n }, { lineNumber: 2n }]));
  expect(errorDetails(ConnectError.from(await rejection(call))).fieldViolations).toMatchObject([
    { field: "line_number" },
  ]);
  expect(read).toEqual([1n]);
});

test("validateMessage names fields by their path", () => {
  const message = create(CreateOrderRequestSchema, { lines: [{ sku: "SKU-1", quantity: 0 }] });
  let thrown: unknown;
  try {
    validateMessage(CreateOrderRequestSchema, message);
  } catch (error) {
    thrown = error;
  }
  expect(errorDetails(ConnectError.from(thrown)).fieldViolations.map(({ field }) => field)).toEqual([
    "lines[0].quantity",
  ]);
});

test("warmUpValidation takes every request of a service", () => {
  expect(() => warmUpValidation([OrderService])).not.toThrow();
});
