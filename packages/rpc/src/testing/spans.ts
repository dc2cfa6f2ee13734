import { context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";

/** The spans that the real SDK was given, while it is registered. */
export interface RecordedSpans extends Disposable {
  /** Those that have ended, in that order. */
  ended(): ReturnType<InMemorySpanExporter["getFinishedSpans"]>;
}

/** Registers the SDK until it is disposed of. */
export function recordSpans(): RecordedSpans {
  const exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  return {
    ended: () => exporter.getFinishedSpans(),
    [Symbol.dispose]() {
      for (const api of [trace, context, propagation]) api.disable();
    },
  };
}
