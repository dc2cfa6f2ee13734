import { create, type DescMessage, type DescMethod, type Message } from "@bufbuild/protobuf";
import { Code, ConnectError, type HandlerContext, type Interceptor } from "@connectrpc/connect";
import { type AnyRequest, rpcError, type ServiceRegistration, tapMessages } from "@polywire/rpc";
import { type AnyResponse, changedContext, complete, response } from "./exchange.ts";
import type { ResolvedGrpcServerOptions } from "./options.ts";
import { ServerCall } from "./server-call.ts";

/** A method with its handler inside the interceptors. */
export interface ServedMethod {
  readonly method: DescMethod;
  /** Serves one call. May throw at once. */
  readonly serve: (request: AnyRequest) => Promise<AnyResponse>;
}

type Init = Message | Record<string, unknown>;
/** An implementation, whichever of the four shapes it has; `methodKind` says which. */
type AnyImpl = (input: unknown, context: HandlerContext) => unknown;
type AnyFn = ReturnType<Interceptor>;

/** Every method of a service, with the interceptors put around each one once, not once a call. */
export function servedMethods(
  { service, implementation }: ServiceRegistration,
  { interceptors, errorReasons }: Pick<ResolvedGrpcServerOptions, "interceptors" | "errorReasons">,
): ServedMethod[] {
  const handlers = implementation as Partial<Record<string, AnyImpl>>;
  return service.methods.map((method) => {
    const handler = handlers[method.localName]?.bind(implementation) ?? notAvailable(method, errorReasons);
    const innermost: AnyFn = (request) => answer(request, handler);
    return { method, serve: interceptors.reduceRight((next, interceptor) => interceptor(completed(next)), innermost) };
  });
}

/** What an interceptor gets as its next. */
function completed(next: AnyFn): AnyFn {
  return (request) => next(complete(request));
}

async function answer(request: AnyRequest, handler: AnyImpl): Promise<AnyResponse> {
  const call = ServerCall.of(request);
  const context = call.request === request ? call : changedContext(call, request);
  const { methodKind, output } = call.method;
  switch (methodKind) {
    case "unary":
      return response(call, toMessage(output, await handler(request.message, context)));
    case "client_streaming":
      return response(call, single(toMessage(output, await handler(request.message, context))));
    case "server_streaming":
      return response(
        call,
        toMessages(output, handler(await first(request.message as AsyncIterable<Message>), context)),
      );
    case "bidi_streaming":
      return response(call, toMessages(output, handler(request.message, context)));
  }
}

function notAvailable(method: DescMethod, withReason: boolean): AnyImpl {
  const message = `this server does not offer ${method.parent.typeName}/${method.name}`;
  return () => {
    throw withReason ? rpcError("METHOD_NOT_AVAILABLE", message) : new ConnectError(message, Code.Unimplemented);
  };
}

// Handlers may answer plain objects with some of the fields.
function toMessage(schema: DescMessage, init: unknown): Message {
  return create(schema, init as Init);
}

function toMessages(schema: DescMessage, output: unknown): AsyncIterable<Message> {
  return tapMessages(output as AsyncIterable<Message>, { onMessage: (init) => toMessage(schema, init) });
}

async function first(messages: AsyncIterable<Message>): Promise<Message> {
  const result = await messages[Symbol.asyncIterator]().next();
  if (result.done) throw rpcError("MALFORMED_REQUEST", "the call carries no request message");
  return result.value;
}

async function* single<T>(message: T): AsyncGenerator<T, undefined> {
  yield message;
}
