import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { expect, test } from "vitest";
import { servedCall } from "../call-context.ts";
import { rpcError } from "../errors.ts";
import { answering, failing, read, rejection, streamRequest, unaryRequest } from "../testing/requests.ts";
import { recordSpans } from "../testing/spans.ts";
import { recovery } from "./recovery.ts";
import { PREVIOUS_ATTEMPTS_HEADER } from "./retry.ts";
import { clientTracing, serverTracing } from "./tracing.ts";

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER = `00-${TRACE_ID}-00f067aa0ba902b7-01`;

test("serverTracing makes a span of the call, by the conventions for RPC, as the caller's child", async () => {
  using spans = recordSpans();
  const request = unaryRequest({ traceparent: CALLER, "x-request-id": "abc" });
  await serverTracing(answering())(request);
  const [span] = spans.ended();
  expect(span).toMatchObject({
    name: "polywire.orders.v1.OrderService/GetOrder",
    kind: SpanKind.SERVER,
    parentSpanContext: { traceId: TRACE_ID, spanId: "00f067aa0ba902b7" },
    status: { code: SpanStatusCode.UNSET },
    attributes: {
      "rpc.system.name": "grpc",
      "rpc.method": "polywire.orders.v1.OrderService/GetOrder",
      "rpc.status_code": "OK",
      "polywire.request_id": "abc",
    },
  });
  expect(servedCall(request).traceparent).toBe(`00-${TRACE_ID}-${span?.spanContext().spanId}-01`);
});

test("serverTracing records an error by code and reason and nothing of its text", async () => {
  using spans = recordSpans();
  const secret = new Error("password=hunter2");
  await rejection(serverTracing(recovery(failing(secret)))(unaryRequest({ authorization: "Bearer hunter2" })));
  await rejection(serverTracing(failing(rpcError("ORDER_NOT_FOUND", "hunter2's order")))(unaryRequest()));
  const [internal, missing] = spans.ended();
  expect(internal).toMatchObject({ status: { code: SpanStatusCode.ERROR }, attributes: { "error.type": "INTERNAL" } });
  // The caller's mistake is no error of this service.
  expect(missing).toMatchObject({
    status: { code: SpanStatusCode.UNSET },
    attributes: { "rpc.status_code": "NOT_FOUND", "polywire.rpc.reason": "ORDER_NOT_FOUND" },
  });
  const written = spans.ended().map(({ name, attributes, events, status }) => ({ name, attributes, events, status }));
  expect(JSON.stringify(written)).not.toContain("hunter2");
});

test("serverTracing ends a stream's span with its last message, and the handler's body is inside it", async () => {
  using spans = recordSpans();
  const inside: (string | undefined)[] = [];
  const noteSpan = () => inside.push(trace.getActiveSpan()?.spanContext().spanId);
  const response = await serverTracing(
    answering(async function* () {
      noteSpan();
      yield 1;
      noteSpan();
      throw rpcError("DRAINING", "shutting down");
    }),
  )(streamRequest());
  expect(spans.ended()).toEqual([]);
  await rejection(read(response));
  const [span] = spans.ended();
  expect(span?.attributes["error.type"]).toBe("UNAVAILABLE");
  expect(inside).toEqual([span?.spanContext().spanId, span?.spanContext().spanId]);
});

test.each([
  ["application/grpc-web+proto", "grpc"],
  ["application/json", "connectrpc"],
])("serverTracing takes %s for %s", async (contentType, system) => {
  using spans = recordSpans();
  await serverTracing(answering())(unaryRequest({ "content-type": contentType }));
  expect(spans.ended()[0]?.attributes["rpc.system.name"]).toBe(system);
});

test("clientTracing tells the server of its span, which is a child of the one being served, and counts retries", async () => {
  using spans = recordSpans();
  const outgoing = unaryRequest({ traceparent: CALLER });
  outgoing.header.set(PREVIOUS_ATTEMPTS_HEADER, "2");
  await serverTracing(async (request) => {
    await clientTracing(answering())(outgoing);
    return answering()(request);
  })(unaryRequest());
  const [made, served] = spans.ended();
  expect(made).toMatchObject({
    kind: SpanKind.CLIENT,
    attributes: { "server.address": "orders", "polywire.rpc.retries": 2 },
    parentSpanContext: { spanId: served?.spanContext().spanId },
  });
  const { traceId, spanId } = made?.spanContext() ?? {};
  expect(outgoing.header.get("traceparent")).toBe(`00-${traceId}-${spanId}-01`);
});

test("clientTracing goes on with the caller that the headers name when nothing is traced here, and sees every error", async () => {
  using spans = recordSpans();
  const call = clientTracing(failing(rpcError("ORDER_NOT_FOUND", "no")))(unaryRequest({ traceparent: CALLER }));
  await rejection(call);
  expect(spans.ended()[0]).toMatchObject({
    parentSpanContext: { traceId: TRACE_ID },
    status: { code: SpanStatusCode.ERROR },
  });
});

test("clientTracing passes calls on whose address is no host of a URL", async () => {
  using spans = recordSpans();
  const url = "http://ipv4:127.0.0.1:80,127.0.0.2:80/polywire.orders.v1.OrderService/GetOrder";
  await clientTracing(answering())({ ...unaryRequest(), url });
  expect(spans.ended()[0]?.attributes).not.toHaveProperty("server.address");
});

test.each([
  ["serverTracing", serverTracing],
  ["clientTracing", clientTracing],
])("%s without an SDK passes the call on as it is", async (_name, tracing) => {
  const innermost = answering();
  const request = unaryRequest({ traceparent: CALLER });
  let passed: unknown;
  const response = innermost(request);
  const answer = tracing((received) => {
    passed = received;
    return response;
  })(request);
  expect(answer).toBe(response);
  expect(passed).toBe(request);
  expect(request.header.get("traceparent")).toBe(CALLER);
});
