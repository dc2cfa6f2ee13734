import { expect, test } from "vitest";
import { servedCall } from "../call-context.ts";
import { answering, read, streamRequest, unaryRequest } from "../testing/requests.ts";
import { callScope } from "./call-scope.ts";
import { callSignal, currentCall, requireCall, runInCall } from "./current-call.ts";

test("callScope makes the call findable while it is served, and only then", async () => {
  const request = unaryRequest();
  let found: unknown;
  await callScope(async (inner) => {
    await Promise.resolve();
    found = currentCall();
    return answering()(inner);
  })(request);
  expect(found).toBe(servedCall(request));
  expect(currentCall()).toBeUndefined();
});

test("callScope makes the call findable in the body of a streaming handler", async () => {
  const request = streamRequest();
  const found: unknown[] = [];
  const response = await callScope(
    answering(async function* () {
      try {
        found.push(currentCall());
        yield 1;
        found.push(currentCall());
        yield 2;
      } finally {
        found.push(currentCall());
      }
    }),
  )(request);
  await read(response);
  expect(found).toEqual([servedCall(request), servedCall(request), servedCall(request)]);
});

test("requireCall says what to do outside of a call", () => {
  expect(() => requireCall()).toThrow("runInCall");
});

test("callSignal is the signal of the call being served", () => {
  const call = servedCall(unaryRequest());
  expect(runInCall(call, () => callSignal())).toBe(call.signal);
  expect(callSignal()).toBeUndefined();
});
