import { ConnectError } from "@connectrpc/connect";
import { expect, test, vi } from "vitest";
import { servedCall } from "../call-context.ts";
import { errorDetails } from "../details.ts";
import { answering, streamRequest, unaryRequest } from "../testing/requests.ts";
import { type RateLimitOptions, rateLimit } from "./rate-limit.ts";

/** A limited server with a clock to turn; a call is answered "OK", or refused with a reason and a wait. */
function limited(options: Partial<RateLimitOptions> = {}) {
  const time = { nowMs: 5000 };
  const work = vi.fn(answering());
  const fn = rateLimit({ perSecond: 10, burst: 2, clock: () => time.nowMs, ...options })(work);
  const outcome = async (request: ReturnType<typeof unaryRequest> | ReturnType<typeof streamRequest>) =>
    fn(request).then(
      () => "OK",
      (error: unknown) => {
        const { reason, retryAfterMs } = errorDetails(ConnectError.from(error));
        return `${reason} ${retryAfterMs}`;
      },
    );
  const call = (subject?: string, header: Record<string, string> = {}) => {
    const request = unaryRequest(header);
    if (subject !== undefined) servedCall(request).principal = { subject, scopes: [] };
    return outcome(request);
  };
  return { call, outcome, time, work };
}

test("rateLimit lets a burst through, then refuses before any work and says when the next token is there", async () => {
  const { call, time, work } = limited();
  expect([await call("a"), await call("a"), await call("a")]).toEqual(["OK", "OK", "RATE_LIMITED 100"]);
  time.nowMs += 99;
  expect(await call("a")).toBe("RATE_LIMITED 1");
  time.nowMs += 1;
  expect([await call("a"), await call("a")]).toEqual(["OK", "RATE_LIMITED 100"]);
  expect(work).toHaveBeenCalledTimes(3);
});

test("rateLimit saves up no more than a burst", async () => {
  const { call, time } = limited();
  await call("a");
  time.nowMs += 3_600_000;
  expect([await call("a"), await call("a"), await call("a")]).toEqual(["OK", "OK", "RATE_LIMITED 100"]);
});

test("rateLimit rounds the wait up to what suffices", async () => {
  const { call, time } = limited({ perSecond: 3, burst: 1 });
  expect([await call("a"), await call("a")]).toEqual(["OK", "RATE_LIMITED 334"]);
  time.nowMs += 334;
  expect(await call("a")).toBe("OK");
});

test("rateLimit gives a second's worth at once by default, one at least", async () => {
  const few = limited({ perSecond: 0.5, burst: undefined as never });
  expect([await few.call("a"), await few.call("a")]).toEqual(["OK", "RATE_LIMITED 2000"]);
  const more = limited({ perSecond: 3, burst: undefined as never });
  const outcomes = [await more.call("a"), await more.call("a"), await more.call("a"), await more.call("a")];
  expect(outcomes).toEqual(["OK", "OK", "OK", "RATE_LIMITED 334"]);
});

test("rateLimit counts each subject alone, and calls without one by their peer", async () => {
  const { call } = limited({ burst: 1, peer: ({ header }) => header.get("x-peer") ?? "" });
  expect([await call("a"), await call("b"), await call("a")]).toEqual(["OK", "OK", "RATE_LIMITED 100"]);
  expect(await call(undefined, { "x-peer": "a" })).toBe("OK");
  expect(await call(undefined, { "x-peer": "b" })).toBe("OK");
  expect(await call(undefined, { "x-peer": "a" })).toBe("RATE_LIMITED 100");
  // A known caller is its subject, wherever it calls from.
  expect(await call("a", { "x-peer": "c" })).toBe("RATE_LIMITED 100");
});

test("rateLimit counts calls without a principal together when nothing names their peer", async () => {
  const { call } = limited({ burst: 1 });
  expect([await call(), await call()]).toEqual(["OK", "RATE_LIMITED 100"]);
});

test("rateLimit counts a stream as one call", async () => {
  const { outcome } = limited({ burst: 1 });
  expect([await outcome(streamRequest([{}, {}, {}])), await outcome(streamRequest())]).toEqual([
    "OK",
    "RATE_LIMITED 100",
  ]);
});

test("rateLimit counts all methods together", async () => {
  const interceptor = rateLimit({ perSecond: 10, burst: 1, clock: () => 0 });
  await interceptor(answering())(unaryRequest());
  await expect(interceptor(answering())(unaryRequest())).rejects.toThrow("too many calls");
});

test("rateLimit forgets the caller not seen for longest when there are more than maxCallers", async () => {
  const { call } = limited({ burst: 1, maxCallers: 2 });
  await call("a");
  await call("b");
  // Seen again, though refused: now b is the one not seen for longest.
  expect(await call("a")).toBe("RATE_LIMITED 100");
  await call("c");
  expect(await call("a")).toBe("RATE_LIMITED 100");
  expect(await call("b")).toBe("OK");
});

test.each([{ perSecond: 0 }, { perSecond: Number.POSITIVE_INFINITY }, { burst: 0 }, { burst: 1.5 }, { maxCallers: 0 }])(
  "rateLimit refuses %j",
  (options) => {
    expect(() => rateLimit({ perSecond: 10, ...options })).toThrow(RangeError);
  },
);
