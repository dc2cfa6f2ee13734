import { expect, test, vi } from "vitest";
import { deadlineKey, servedCall } from "./call-context.ts";
import { unaryRequest } from "./testing/requests.ts";

const TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

test("servedCall takes id and trace from the headers, and is one for the whole call", () => {
  const request = unaryRequest({ "x-request-id": "abc-1", traceparent: TRACEPARENT });
  const call = servedCall(request);
  expect(call).toMatchObject({ requestId: "abc-1", traceparent: TRACEPARENT, principal: undefined });
  expect(servedCall({ ...request })).toBe(call);
});

test.each(["", "with space", "x".repeat(129), "line\u00e9"])("servedCall replaces the request id %j", (id) => {
  expect(servedCall(unaryRequest({ "x-request-id": id })).requestId).toMatch(/^[0-9a-f-]{36}$/);
});

test("servedCall ignores a malformed traceparent", () => {
  expect(servedCall(unaryRequest({ traceparent: "00-xyz" })).traceparent).toBeUndefined();
});

test("servedCall takes the deadline that the engine has parsed, else the header's", () => {
  vi.useFakeTimers({ now: 1000 });
  const fromHeader = unaryRequest({ "grpc-timeout": "2S" });
  expect(servedCall(fromHeader).deadlineMs).toBe(3000);
  const fromEngine = unaryRequest({ "grpc-timeout": "2S" });
  fromEngine.contextValues.set(deadlineKey, 1234);
  expect(servedCall(fromEngine).deadlineMs).toBe(1234);
  expect(servedCall(unaryRequest()).deadlineMs).toBeUndefined();
  vi.useRealTimers();
});

test("servedCall gives every call an id of its own", () => {
  expect(servedCall(unaryRequest()).requestId).not.toBe(servedCall(unaryRequest()).requestId);
});
