import type { ConnectError, Interceptor } from "@connectrpc/connect";
import {
  type Attributes,
  type Context,
  context,
  ProxyTracerProvider,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { type AnyRequest, servedCall } from "../call-context.ts";
import { errorDetails } from "../details.ts";
import { PREVIOUS_ATTEMPTS_HEADER } from "./retry.ts";
import { type AnyResponse, endCode, methodName, watchCall } from "./watch-call.ts";

const TRACER = "@polywire/rpc";

// https://opentelemetry.io/docs/specs/semconv/rpc/grpc/#server: the other codes are the caller's doing.
const SERVER_ERRORS: ReadonlySet<string> = new Set([
  "UNKNOWN",
  "DEADLINE_EXCEEDED",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
]);

const HEADERS = {
  get: (headers: Headers, name: string) => headers.get(name) ?? undefined,
  keys: (headers: Headers) => [...headers.keys()],
  set: (headers: Headers, name: string, value: string) => headers.set(name, value),
};

interface TracedCall {
  tracer: Tracer;
  kind: SpanKind;
  parent: Context;
  isError: (code: string) => boolean;
}

/**
 * Makes a span of each served call, by the OpenTelemetry API and its conventions for RPC: a child of the caller's, if
 * its headers say so, and the parent of all that is done for the call. Errors are recorded by code and reason, never
 * by their text. Without an SDK in the process there are no spans, and it costs nothing.
 * Sits outside `recovery`, so that it sees what that made of a throw.
 * @see https://opentelemetry.io/docs/specs/semconv/rpc/rpc-spans/
 */
export const serverTracing: Interceptor = (next) => (request) => {
  const tracer = registeredTracer();
  if (!tracer) return next(request);
  const parent = propagation.extract(ROOT_CONTEXT, request.header, HEADERS);
  const isError = (code: string) => SERVER_ERRORS.has(code);
  return traced(request, next, { tracer, parent, kind: SpanKind.SERVER, isError });
};

/**
 * Makes a span of each call that a client makes, its retries included, and tells the server about it (W3C
 * `traceparent`, or whatever the SDK propagates). Its parent is what is being done, or else what the headers name: the
 * caller of a wire that is not traced itself.
 */
export const clientTracing: Interceptor = (next) => (request) => {
  const tracer = registeredTracer();
  if (!tracer) return next(request);
  const active = context.active();
  const parent = trace.getSpanContext(active) ? active : propagation.extract(active, request.header, HEADERS);
  return traced(request, next, { tracer, parent, kind: SpanKind.CLIENT, isError: () => true });
};

/** That of the SDK; undefined when none is registered, so that nothing is made for nobody. */
function registeredTracer(): Tracer | undefined {
  const provider = trace.getTracerProvider();
  return provider instanceof ProxyTracerProvider ? provider.getDelegateTracer(TRACER) : provider.getTracer(TRACER);
}

function traced(
  request: AnyRequest,
  next: ReturnType<Interceptor>,
  { tracer, kind, parent, isError }: TracedCall,
): Promise<AnyResponse> {
  const method = methodName(request);
  const span = tracer.startSpan(method, { kind, attributes: attributesOf(request, kind) }, parent);
  const within = trace.setSpan(parent, span);
  if (kind === SpanKind.CLIENT) propagation.inject(within, request.header, HEADERS);
  else servedCall(request).traceparent = traceparentOf(span);
  const around = <R>(work: () => R): R => context.with(within, work);
  return watchCall(request, (received) => around(() => next(received)), {
    tap: { around },
    onEnd: (error) => {
      const attempts = request.header.get(PREVIOUS_ATTEMPTS_HEADER);
      if (kind === SpanKind.CLIENT && attempts) span.setAttribute("polywire.rpc.retries", Number(attempts));
      endSpan(span, error, isError);
    },
  });
}

function attributesOf(request: AnyRequest, kind: SpanKind): Attributes {
  const attributes = { "rpc.system.name": systemOf(request), "rpc.method": methodName(request) };
  if (kind !== SpanKind.CLIENT) return { ...attributes, "polywire.request_id": servedCall(request).requestId };
  // Some of grpc-js's targets are none: several addresses, for instance.
  if (!URL.canParse(request.url)) return attributes;
  const { hostname, port } = new URL(request.url);
  return { ...attributes, "server.address": hostname, ...(port !== "" && { "server.port": Number(port) }) };
}

/** gRPC's own engine keeps the content type to itself, and a GET of Connect has none. */
function systemOf({ header, requestMethod }: AnyRequest): string {
  const contentType = header.get("content-type") ?? (requestMethod === "POST" ? "application/grpc" : "");
  return contentType.startsWith("application/grpc") ? "grpc" : "connectrpc";
}

function endSpan(span: Span, error: ConnectError | undefined, isError: (code: string) => boolean): void {
  const code = endCode(error);
  span.setAttribute("rpc.status_code", code);
  if (error) {
    const { reason } = errorDetails(error);
    if (reason !== undefined) span.setAttribute("polywire.rpc.reason", reason);
    if (isError(code)) {
      span.setAttribute("error.type", code);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
  }
  span.end();
}

// https://www.w3.org/TR/trace-context/#traceparent-header
function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
}
