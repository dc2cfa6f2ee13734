import { expect, test } from "vitest";
import { servedCall } from "../call-context.ts";
import { rpcError } from "../errors.ts";
import { answering, failing, read, rejection, streamRequest, unaryRequest } from "../testing/requests.ts";
import { accessLog, type CallRecord } from "./access-log.ts";

function logged() {
  const records: CallRecord[] = [];
  return { records, log: accessLog({ log: (record) => records.push(record) }) };
}

test("accessLog writes one record for a unary call", async () => {
  const { records, log } = logged();
  const request = unaryRequest({ "x-request-id": "abc", "grpc-timeout": "5S" });
  servedCall(request).principal = { subject: "customer-1", scopes: [] };
  await log(answering())(request);
  expect(records).toEqual([
    {
      method: "polywire.orders.v1.OrderService/GetOrder",
      code: "OK",
      requestId: "abc",
      subject: "customer-1",
      durationMs: expect.any(Number),
      deadlineLeftMs: expect.any(Number),
    },
  ]);
});

test("accessLog writes code, reason and cause of an error and passes it on", async () => {
  const { records, log } = logged();
  const error = rpcError("ORDER_NOT_FOUND", "no such order", { cause: "why" });
  expect(await rejection(log(failing(error))(unaryRequest()))).toBe(error);
  expect(records).toMatchObject([{ code: "NOT_FOUND", reason: "ORDER_NOT_FOUND", cause: "why" }]);
});

test("accessLog writes a stream's record when its last message has gone", async () => {
  const { records, log } = logged();
  const response = await log(
    answering(async function* () {
      yield 1;
    }),
  )(streamRequest());
  expect(records).toEqual([]);
  await read(response);
  expect(records).toMatchObject([{ code: "OK" }]);
});

test("accessLog sees an error raised during iteration", async () => {
  const { records, log } = logged();
  const response = await log(
    answering(async function* () {
      yield 1;
      throw rpcError("DRAINING", "shutting down");
    }),
  )(streamRequest());
  await rejection(read(response));
  expect(records).toMatchObject([{ code: "UNAVAILABLE", reason: "DRAINING" }]);
});

test("accessLog writes CANCELED when the reader leaves", async () => {
  const { records, log } = logged();
  const response = await log(
    answering(async function* () {
      yield 1;
      yield 2;
    }),
  )(streamRequest());
  for await (const _ of response.message as AsyncIterable<unknown>) break;
  expect(records).toMatchObject([{ code: "CANCELED" }]);
});
