import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, type UnaryRequest } from "@connectrpc/connect";
import { CreateOrderRequestSchema, OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { expect, test, vi } from "vitest";
import { deadlineKey } from "../call-context.ts";
import { rpcError } from "../errors.ts";
import { type AnyFn, answering, failing, rejection, streamRequest, unaryRequest } from "../testing/requests.ts";
import { PREVIOUS_ATTEMPTS_HEADER, type RetryOptions, retry } from "./retry.ts";

const unavailable = new ConnectError("no connection", Code.Unavailable);

/** A server that fails so often before it answers, and what it and the clock have seen. */
function server(error: unknown = unavailable, failures = Number.POSITIVE_INFINITY) {
  const previousAttempts: (string | null)[] = [];
  const waitsMs: number[] = [];
  const next: AnyFn = (request) => {
    previousAttempts.push(request.header.get(PREVIOUS_ATTEMPTS_HEADER));
    return previousAttempts.length <= failures ? failing(error)(request) : answering()(request);
  };
  const options: RetryOptions = { random: () => 1, clock: () => 1000, sleep: async (ms) => void waitsMs.push(ms) };
  return { next, previousAttempts, waitsMs, options };
}

function createOrder(idempotencyKey: string): UnaryRequest {
  const message = create(CreateOrderRequestSchema, { idempotencyKey });
  return { ...unaryRequest(), method: OrderService.method.createOrder, message } as UnaryRequest;
}

test("retry repeats a call until it succeeds, and says how many attempts went before", async () => {
  const { next, previousAttempts, options } = server(unavailable, 2);
  const response = await retry(options)(next)(unaryRequest());
  expect(response.stream).toBe(false);
  expect(previousAttempts).toEqual([null, "1", "2"]);
});

test("retry gives up after maxAttempts with the last error", async () => {
  const { next, previousAttempts, options } = server();
  expect(await rejection(retry({ ...options, maxAttempts: 4 })(next)(unaryRequest()))).toBe(unavailable);
  expect(previousAttempts).toHaveLength(4);
});

test("retry waits a random part of a bound that doubles up to maxBackoffMs", async () => {
  const { next, waitsMs, options } = server();
  const randoms = [0, 0.5, 1, 1];
  const random = () => randoms.shift() ?? Number.NaN;
  await rejection(
    retry({ ...options, random, maxAttempts: 5, maxBackoffMs: 350, maxTokens: 100 })(next)(unaryRequest()),
  );
  expect(waitsMs).toEqual([0, 100, 350, 350]);
});

test.each([
  ["a request that is too large", rpcError("REQUEST_TOO_LARGE", "large")],
  ["a stale version", rpcError("VERSION_MISMATCH", "stale")],
  ["a state that is in the way", rpcError("OUT_OF_STOCK", "none", { retryAfterMs: 1 })],
  ["an exception", new Error("broken")],
])("retry does not repeat %s", async (_, error) => {
  const { next, previousAttempts, options } = server(error);
  expect(await rejection(retry(options)(next)(unaryRequest()))).toBe(error);
  expect(previousAttempts).toEqual([null]);
});

test.each(["TOO_MANY_REQUESTS", "IDEMPOTENCY_KEY_IN_PROGRESS", "DRAINING"] as const)(
  "retry puts %s off by RetryInfo's delay at least",
  async (reason) => {
    const { next, previousAttempts, waitsMs, options } = server(rpcError(reason, "later", { retryAfterMs: 700 }), 1);
    await retry({ ...options, random: () => 0.5 })(next)(unaryRequest());
    expect(previousAttempts).toEqual([null, "1"]);
    expect(waitsMs).toEqual([750]);
  },
);

test("retry does not wait longer than maxWaitMs for a server that asks it to", async () => {
  const { next, waitsMs, options } = server(rpcError("DRAINING", "later", { retryAfterMs: 3_600_000 }));
  await rejection(retry(options)(next)(unaryRequest()));
  expect(waitsMs).toEqual([]);
});

test("retry repeats a method that is not idempotent only for a request that carries a key", async () => {
  const isIdempotent = ({ message }: UnaryRequest) => "idempotencyKey" in message && message.idempotencyKey !== "";
  const [without, withKey, unasked] = [server(), server(unavailable, 1), server()];
  await rejection(retry({ ...without.options, isIdempotent })(without.next)(createOrder("")));
  await retry({ ...withKey.options, isIdempotent })(withKey.next)(createOrder("key-1"));
  await rejection(retry(unasked.options)(unasked.next)(createOrder("key-1")));
  expect(without.previousAttempts).toEqual([null]);
  expect(withKey.previousAttempts).toEqual([null, "1"]);
  expect(unasked.previousAttempts).toEqual([null]);
});

test("retry leaves streams alone", async () => {
  const { next, previousAttempts, options } = server();
  expect(await rejection(retry({ ...options, isIdempotent: () => true })(next)(streamRequest()))).toBe(unavailable);
  expect(previousAttempts).toEqual([null]);
});

test.each([
  [1100, [null]],
  [1101, [null, "1"]],
])("retry with a wait of 100 at 1000, due at %d, makes the attempts %j", async (deadlineMs, expected) => {
  const { next, previousAttempts, options } = server(unavailable, 1);
  const request = unaryRequest();
  request.contextValues.set(deadlineKey, deadlineMs);
  await retry(options)(next)(request).catch(() => undefined);
  expect(previousAttempts).toEqual(expected);
});

test("retry stops for all calls of one interceptor when its budget is spent, until calls succeed again", async () => {
  const down = server();
  const up = server(unavailable, 0);
  const interceptor = retry({ ...down.options, maxTokens: 4, tokenRatio: 1 });
  await rejection(interceptor(down.next)(unaryRequest()));
  expect(down.previousAttempts).toEqual([null, "1"]);
  await rejection(interceptor(down.next)(unaryRequest()));
  expect(down.previousAttempts).toEqual([null, "1", null]);
  for (let calls = 0; calls < 3; calls += 1) await interceptor(up.next)(unaryRequest());
  await rejection(interceptor(down.next)(unaryRequest()));
  expect(down.previousAttempts).toEqual([null, "1", null, null, "1"]);
});

test("retry wakes from its wait when the signal aborts, with its reason and without another attempt", async () => {
  vi.useFakeTimers();
  const { next, previousAttempts } = server();
  const controller = new AbortController();
  const ended = rejection(retry({ random: () => 1 })(next)(unaryRequest({}, controller.signal)));
  await vi.advanceTimersByTimeAsync(99);
  controller.abort("left");
  expect(await ended).toBe("left");
  expect(previousAttempts).toEqual([null]);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test("retry does not begin to wait for a caller who has left", async () => {
  const { next, previousAttempts } = server();
  expect(await rejection(retry()(next)(unaryRequest({}, AbortSignal.abort("left"))))).toBe("left");
  expect(previousAttempts).toEqual([null]);
});

test.each([
  { maxAttempts: 0 },
  { maxAttempts: 1.5 },
  { initialBackoffMs: 0 },
  { maxWaitMs: 2 ** 31 },
  { maxTokens: 0 },
])("retry refuses %j", (options) => {
  expect(() => retry(options)).toThrow(RangeError);
});
