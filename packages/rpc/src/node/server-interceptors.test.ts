import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { Health } from "@polywire/contract/grpc/health/v1/health";
import { ServerReflection } from "@polywire/contract/grpc/reflection/v1/reflection";
import { ServerReflection as ServerReflectionAlpha } from "@polywire/contract/grpc/reflection/v1alpha/reflection";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { expect, test } from "vitest";
import type { CallRecord } from "../interceptors/access-log.ts";
import { type AnyFn, answering, failing, read, rejection, streamRequest, unaryRequest } from "../testing/requests.ts";
import { recordSpans } from "../testing/spans.ts";
import { currentCall } from "./current-call.ts";
import { type ServerInterceptorsOptions, serverInterceptors } from "./server-interceptors.ts";

function chain(innermost: AnyFn, options: Partial<ServerInterceptorsOptions> = {}) {
  const records: (CallRecord & { inCall: boolean })[] = [];
  const verified: string[] = [];
  const interceptors = serverInterceptors({
    log: (record) => records.push({ ...record, inCall: currentCall() !== undefined }),
    verify: async (token) => {
      verified.push(token);
      return { subject: "customer-1", scopes: [], expiresAtMs: 0 };
    },
    ...options,
  });
  const fn = interceptors.reduceRight<AnyFn>((next, interceptor: Interceptor) => interceptor(next), innermost);
  return { fn, records, verified };
}

const authorization = "Bearer token";

test("serverInterceptors: the log is outside recovery, within the call, and the id goes out with the error", async () => {
  const { fn, records } = chain(failing(new Error("secret")));
  const error = ConnectError.from(await rejection(fn(unaryRequest({ authorization, "x-request-id": "abc" }))));
  expect(error.metadata.get("x-request-id")).toBe("abc");
  expect(records).toMatchObject([{ code: "INTERNAL", cause: new Error("secret"), inCall: true, requestId: "abc" }]);
});

test("serverInterceptors: an expired deadline is refused before the token is looked at, and logged", async () => {
  const { fn, records, verified } = chain(answering());
  await rejection(fn(unaryRequest({ authorization, "grpc-timeout": "0m" })));
  expect(verified).toEqual([]);
  expect(records).toMatchObject([{ code: "DEADLINE_EXCEEDED", reason: "DEADLINE_PASSED" }]);
});

test("serverInterceptors: a stranger is refused before the message is checked", async () => {
  const { fn, records } = chain(answering());
  const request = unaryRequest();
  Object.assign(request.message, { orderId: "not a uuid" });
  expect(ConnectError.from(await rejection(fn(request))).code).toBe(Code.Unauthenticated);
  expect(records).toMatchObject([{ reason: "TOKEN_MISSING" }]);
});

test.each([Health, ServerReflection, ServerReflectionAlpha])(
  "serverInterceptors: $typeName needs no token",
  async (service) => {
    const { fn, verified } = chain(answering());
    await fn({ ...unaryRequest(), service });
    expect(verified).toEqual([]);
  },
);

test("serverInterceptors: handlers get only valid messages, and the log knows the caller", async () => {
  const { fn, records } = chain(failing(new Error("the handler was called")));
  const request = unaryRequest({ authorization });
  Object.assign(request.message, { orderId: "not a uuid" });
  expect(ConnectError.from(await rejection(fn(request))).code).toBe(Code.InvalidArgument);
  expect(records).toMatchObject([{ reason: "VALIDATION_FAILED", subject: "customer-1" }]);
});

test("serverInterceptors: maxMs bounds a unary call", async () => {
  const { fn, records } = chain(() => new Promise(() => {}), { maxMs: 1 });
  await rejection(fn(unaryRequest({ authorization })));
  expect(records).toMatchObject([{ reason: "DEADLINE_PASSED" }]);
});

test("serverInterceptors: the rate is that of the token's subject, and its refusal comes before validation", async () => {
  const { fn, records } = chain(answering(), { rateLimit: { perSecond: 1, burst: 2, clock: () => 0 } });
  const invalid = () => {
    const request = unaryRequest({ authorization });
    Object.assign(request.message, { orderId: "not a uuid" });
    return rejection(fn(request));
  };
  // Strangers get no further than authentication: they use up nobody's tokens.
  for (let calls = 0; calls < 3; calls += 1) await rejection(fn(unaryRequest()));
  await fn(unaryRequest({ authorization }));
  await invalid();
  await invalid();
  expect(records.map(({ reason, subject }) => [reason, subject])).toEqual([
    ["TOKEN_MISSING", undefined],
    ["TOKEN_MISSING", undefined],
    ["TOKEN_MISSING", undefined],
    [undefined, "customer-1"],
    ["VALIDATION_FAILED", "customer-1"],
    ["RATE_LIMITED", "customer-1"],
  ]);
});

test("serverInterceptors: who lacks the scope is told so after the token is checked, and uses up no calls", async () => {
  const scopes = new Map([[OrderService.method.getOrder, "orders:read"]]);
  const { fn, records } = chain(answering(), { scopes, rateLimit: { perSecond: 1, burst: 1, clock: () => 0 } });
  await rejection(fn(unaryRequest()));
  await rejection(fn(unaryRequest({ authorization })));
  await rejection(fn(unaryRequest({ authorization })));
  expect(records.map(({ reason }) => reason)).toEqual(["TOKEN_MISSING", "SCOPE_REQUIRED", "SCOPE_REQUIRED"]);
});

test.each([
  ["a unary call", unaryRequest, failing(new Error("secret"))],
  [
    "a stream",
    streamRequest,
    answering(async function* () {
      yield 1;
      throw new Error("secret");
    }),
  ],
])(
  "serverInterceptors: the log, the metrics and the span of %s all see what recovery made, in this order",
  async (_, make, innermost) => {
    using spans = recordSpans();
    const ends: string[] = [];
    const { fn } = chain(innermost, {
      publicServices: [OrderService.typeName],
      log: ({ code, traceId }) => ends.push(`log ${code} ${traceId?.length}`),
      meter: {
        started: () => ends.push(`metrics start, ${spans.ended().length} spans`),
        ended: ({ code }) => ends.push(`metrics ${code}, ${spans.ended().length} spans`),
      },
    });
    await rejection(fn(make()).then((response) => read(response)));
    expect(ends).toEqual(["metrics start, 0 spans", "log INTERNAL 32", "metrics INTERNAL, 0 spans"]);
    expect(spans.ended().map(({ attributes }) => attributes["rpc.status_code"])).toEqual(["INTERNAL"]);
  },
);

test("serverInterceptors: no rate is limited by default", async () => {
  const { fn, records } = chain(answering());
  for (let calls = 0; calls < 1000; calls += 1) await fn(unaryRequest({ authorization }));
  expect(records.every(({ code }) => code === "OK")).toBe(true);
});
