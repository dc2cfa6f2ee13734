import { expect, test } from "vitest";
import { callBytesKey, servedCall } from "../call-context.ts";
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

test("accessLog writes the trace that the call belongs to", async () => {
  const { records, log } = logged();
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
  await log(answering())(unaryRequest({ traceparent: `00-${traceId}-00f067aa0ba902b7-01` }));
  expect(records).toMatchObject([{ traceId }]);
});

test("accessLog writes the bytes where the engine can tell, those of the response included", async () => {
  const { records, log } = logged();
  const request = unaryRequest();
  const encodeNow = () => {
    bytes.sent += 7;
  };
  const bytes = { received: 38, sent: 0, encodeNow };
  request.contextValues.set(callBytesKey, bytes);
  await log(answering())(request);
  expect(records).toMatchObject([{ receivedBytes: 38, sentBytes: 7 }]);
});

test("accessLog writes INTERNAL for a response that cannot be encoded", async () => {
  const { records, log } = logged();
  const request = unaryRequest();
  const encodeNow = () => {
    throw new Error("secret");
  };
  request.contextValues.set(callBytesKey, { received: 38, sent: 0, encodeNow });
  expect(String(await rejection(log(answering())(request)))).not.toContain("secret");
  expect(records).toMatchObject([{ code: "INTERNAL", sentBytes: 0, cause: new Error("secret") }]);
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
