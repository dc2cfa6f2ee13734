import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { errorDetails } from "../details.ts";
import { rpcError } from "../errors.ts";
import { answering, failing, rejection, streamRequest, unaryRequest } from "../testing/requests.ts";
import { recovery } from "./recovery.ts";

test("recovery makes an exception INTERNAL with the request id and without its text", async () => {
  const call = recovery(failing(new Error("secret")))(unaryRequest({ "x-request-id": "abc" }));
  const error = ConnectError.from(await rejection(call));
  expect(error.code).toBe(Code.Internal);
  expect(error.message).not.toContain("secret");
  expect(errorDetails(error)).toMatchObject({ reason: "INTERNAL", requestId: "abc" });
});

test("recovery catches a throw before any promise", async () => {
  const next = () => {
    throw new Error("secret");
  };
  expect(ConnectError.from(await rejection(recovery(next)(unaryRequest()))).code).toBe(Code.Internal);
});

test("recovery makes an exception in the middle of a stream INTERNAL, after the messages before it", async () => {
  const response = await recovery(
    answering(async function* () {
      yield 1;
      throw new Error("secret");
    }),
  )(streamRequest());
  const iterator = (response.message as AsyncIterable<unknown>)[Symbol.asyncIterator]();
  expect(await iterator.next()).toEqual({ done: false, value: 1 });
  expect(ConnectError.from(await rejection(iterator.next())).rawMessage).toBe("internal error");
});

test("recovery leaves errors with a reason alone", async () => {
  const error = rpcError("OUT_OF_STOCK", "no stock");
  expect(await rejection(recovery(failing(error))(unaryRequest()))).toBe(error);
});

test("recovery tells a passed deadline from a caller who left", async () => {
  const signal = AbortSignal.abort(rpcError("DEADLINE_PASSED", "late"));
  const call = recovery(failing(new DOMException("aborted", "AbortError")))(unaryRequest({}, signal));
  expect(ConnectError.from(await rejection(call)).code).toBe(Code.DeadlineExceeded);
});
