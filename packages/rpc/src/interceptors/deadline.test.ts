import { ConnectError } from "@connectrpc/connect";
import { expect, test, vi } from "vitest";
import { deadlineKey, servedCall } from "../call-context.ts";
import { errorDetails } from "../details.ts";
import { type AnyFn, answering, rejection, streamRequest, unaryRequest } from "../testing/requests.ts";
import { deadline } from "./deadline.ts";

function requestDue(deadlineMs: number) {
  const request = unaryRequest();
  request.contextValues.set(deadlineKey, deadlineMs);
  return request;
}

async function reasonOf(call: Promise<unknown>) {
  return errorDetails(ConnectError.from(await rejection(call))).reason;
}

test.each([999, 1000])("deadline refuses a call due at %d before any work at 1000", async (deadlineMs) => {
  const work = vi.fn(answering());
  const call = deadline({ clock: () => 1000 })(work)(requestDue(deadlineMs));
  expect(await reasonOf(call)).toBe("DEADLINE_PASSED");
  expect(work).not.toHaveBeenCalled();
});

test("deadline lets a call with time left through unchanged", async () => {
  const work = vi.fn(answering());
  const request = requestDue(1001);
  await deadline({ clock: () => 1000, maxMs: 5 })(work)(request);
  expect(work).toHaveBeenCalledWith(request);
});

test("deadline bounds a unary call by maxMs, aborts its signal and answers though the handler does not listen", async () => {
  vi.useFakeTimers();
  let signal: AbortSignal | undefined;
  const endless: AnyFn = (request) => {
    signal = request.signal;
    return new Promise(() => {});
  };
  const request = unaryRequest();
  const reason = reasonOf(deadline({ maxMs: 50 })(endless)(request));
  expect(servedCall(request).deadlineMs).toBe(Date.now() + 50);
  await vi.advanceTimersByTimeAsync(50);
  expect(await reason).toBe("DEADLINE_PASSED");
  expect(signal?.aborted).toBe(true);
  expect(servedCall(request).signal).toBe(signal);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test("deadline leaves streams unbounded by maxMs", async () => {
  const request = streamRequest();
  await deadline({ maxMs: 50 })(answering())(request);
  expect(servedCall(request).deadlineMs).toBeUndefined();
});

test("deadline refuses a maxMs that is not above 0", () => {
  expect(() => deadline({ maxMs: 0 })).toThrow(RangeError);
});
