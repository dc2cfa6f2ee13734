import { createClient } from "@connectrpc/connect";
import { context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { serverTracing } from "@polywire/rpc";
import { clientInterceptors, withCallContext } from "@polywire/rpc/node";
import { expect, onTestFinished, test } from "vitest";
import { all } from "./support/calls.ts";
import { ORDER_ID, startOrders } from "./support/orders-server.ts";

function recordSpans(): InMemorySpanExporter {
  const exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  onTestFinished(() => {
    for (const api of [trace, context, propagation]) api.disable();
  });
  return exporter;
}

test("a call over two hops, made in the middle of a stream, is one trace, each span inside the one that caused it", async () => {
  const exporter = recordSpans();
  const chain = { interceptors: [serverTracing], transport: { interceptors: clientInterceptors() } };
  await using far = await startOrders({ getOrder: () => ({}) }, chain);
  const next = createClient(OrderService, withCallContext(far.transport));
  await using near = await startOrders(
    {
      async *watchOrders() {
        yield {};
        await next.getOrder({ orderId: ORDER_ID });
        yield {};
      },
    },
    chain,
  );
  await all(near.client.watchOrders({ orderIds: [ORDER_ID] }));
  // A server's span ends before its client's: from the inside out.
  const [getServed, getMade, watchServed, watchMade] = exporter.getFinishedSpans();
  const method = (name: string) => `polywire.orders.v1.OrderService/${name}`;
  expect([getServed, getMade, watchServed, watchMade].map((span) => span?.name)).toEqual(
    ["GetOrder", "GetOrder", "WatchOrders", "WatchOrders"].map(method),
  );
  expect(watchMade?.parentSpanContext).toBeUndefined();
  for (const [inner, outer] of [
    [getServed, getMade],
    [getMade, watchServed],
    [watchServed, watchMade],
  ]) {
    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
    expect(inner?.spanContext().traceId).toBe(watchMade?.spanContext().traceId);
  }
});
