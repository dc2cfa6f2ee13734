import { expect, test } from "vitest";
import { rpcError } from "../errors.ts";
import { answering, failing, read, rejection, streamRequest, unaryRequest } from "../testing/requests.ts";
import { type CallMeter, type MeteredCall, metrics } from "./metrics.ts";

const GET_ORDER = "polywire.orders.v1.OrderService/GetOrder";
const IMPORT_ORDERS = "polywire.orders.v1.OrderService/ImportOrders";

function metered() {
  const started: string[] = [];
  const ended: MeteredCall[] = [];
  const meter: CallMeter = { started: (method) => started.push(method), ended: (call) => ended.push(call) };
  return { started, ended, count: metrics({ meter }) };
}

test("metrics counts a unary call when it starts and when it has ended", async () => {
  const { started, ended, count } = metered();
  let startedBefore = -1;
  await count((request) => {
    startedBefore = started.length;
    return answering()(request);
  })(unaryRequest());
  expect([startedBefore, started]).toEqual([1, [GET_ORDER]]);
  expect(ended).toEqual([{ method: GET_ORDER, code: "OK", durationMs: expect.any(Number) }]);
});

test("metrics counts an error by its code and passes it on", async () => {
  const { ended, count } = metered();
  const error = rpcError("ORDER_NOT_FOUND", "no such order");
  expect(await rejection(count(failing(error))(unaryRequest()))).toBe(error);
  expect(ended).toMatchObject([{ method: GET_ORDER, code: "NOT_FOUND" }]);
});

test("metrics counts a call that throws at once, and rejects as for any other", async () => {
  const { ended, count } = metered();
  const error = rpcError("ORDER_NOT_FOUND", "no such order");
  const throwing = () => {
    throw error;
  };
  const answering = count(throwing)(unaryRequest());
  expect(await rejection(answering)).toBe(error);
  expect(ended).toMatchObject([{ method: GET_ORDER, code: "NOT_FOUND" }]);
});

test("metrics counts the messages of a stream both ways, and the stream at its end", async () => {
  const { started, ended, count } = metered();
  const response = await count(async (request) => {
    let requests = 0;
    for await (const _ of request.message as AsyncIterable<unknown>) requests += 1;
    return answering(async function* () {
      yield requests;
    })(request);
  })(streamRequest([{}, {}, {}]));
  expect([started, ended]).toEqual([[IMPORT_ORDERS], []]);
  expect(await read(response)).toEqual([3]);
  expect(ended).toMatchObject([{ code: "OK", messages: { requests: 3, responses: 1 } }]);
});

test("metrics counts an error raised during iteration, with the messages that went before it", async () => {
  const { ended, count } = metered();
  const response = await count(
    answering(async function* () {
      yield 1;
      throw rpcError("DRAINING", "shutting down");
    }),
  )(streamRequest());
  await rejection(read(response));
  expect(ended).toMatchObject([{ code: "UNAVAILABLE", messages: { requests: 0, responses: 1 } }]);
});
