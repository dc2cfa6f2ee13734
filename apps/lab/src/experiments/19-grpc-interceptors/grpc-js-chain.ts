import { type DescMessage, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  Metadata,
  type MethodDefinition,
  ResponderBuilder,
  Server,
  ServerInterceptingCall,
  type ServerInterceptor,
  ServerListenerBuilder,
  status,
} from "@grpc/grpc-js";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { splitAddress } from "../../wires/split-address.ts";
import { listenPlainly, pathOf } from "../building-blocks/plain-grpc.ts";
import { CALL_HEADER, fieldOf, GOOD_TOKEN } from "./calls.ts";
import type { ChainOptions, RunningChain, Stack } from "./chain.ts";
import { grpcJsHandlers } from "./grpc-js-handlers.ts";
import type { Layer } from "./layers.ts";

const METHODS = [
  OrderService.method.getOrder,
  OrderService.method.watchOrders,
  OrderService.method.importOrders,
  OrderService.method.fulfilOrders,
];

/** grpc-js with server interceptors of its own. */
export const grpcJsStack: Stack = { name: "grpc-js", start };

async function start(options: ChainOptions): Promise<RunningChain> {
  const layers = options.order.filter((layer) => layer !== "recover" || options.recover === "interceptor");
  const interceptors = [...layers, "limit" as const].map((layer) => createLayer(layer, options));
  const server = new Server({ interceptors });
  server.addService(
    Object.fromEntries(METHODS.map((method) => [method.localName, definitionOf(method)])),
    grpcJsHandlers(options),
  );
  const { port } = splitAddress(await listenPlainly(server));
  return { port, [Symbol.asyncDispose]: async () => server.forceShutdown() };
}

/** An interceptor of grpc-js sees events on their way to and from a handler, and never the handler itself. */
function createLayer(layer: Layer | "limit", { book }: ChainOptions): ServerInterceptor {
  return ({ path }, outer) => {
    let call = "";
    const guarded = (deliver: () => void): void => {
      try {
        deliver();
      } catch (error) {
        if (layer !== "recover") throw error;
        book.of(call).caught += 1;
        outer.sendStatus({ code: status.INTERNAL, details: "internal error" });
      }
    };
    const listener = new ServerListenerBuilder()
      .withOnReceiveMetadata((metadata, next) => {
        call = String(metadata.get(CALL_HEADER)[0]);
        book.enter(layer, call);
        if (layer === "log") book.of(call).path = path;
        if (layer === "auth" && metadata.get("authorization")[0] !== GOOD_TOKEN) {
          outer.sendStatus({ code: status.UNAUTHENTICATED, details: "the token is not valid" });
        } else {
          guarded(() => next(metadata));
        }
      })
      .withOnReceiveMessage((message, next) => {
        if (layer === "log") book.of(call).field = fieldOf(message);
        guarded(() => next(message));
      })
      .withOnReceiveHalfClose((next) => guarded(next))
      .build();
    const responder = new ResponderBuilder()
      .withStart((next) => next(listener))
      .withSendStatus((ended, next) => {
        book.leave(layer, call);
        if (layer === "metrics" || layer === "log") book.of(call).ends[layer].push(ended.code ?? status.OK);
        next({ ...ended, metadata: ended.metadata ?? new Metadata() });
      })
      .build();
    return new ServerInterceptingCall(outer, responder);
  };
}

function definitionOf(method: (typeof METHODS)[number]): MethodDefinition<unknown, unknown> {
  const { input, output, methodKind } = method;
  return {
    path: pathOf(method),
    requestStream: methodKind === "client_streaming" || methodKind === "bidi_streaming",
    responseStream: methodKind === "server_streaming" || methodKind === "bidi_streaming",
    requestSerialize: (message) => encode(input, message),
    requestDeserialize: (bytes) => fromBinary(input as DescMessage, bytes),
    responseSerialize: (message) => encode(output, message),
    responseDeserialize: (bytes) => fromBinary(output as DescMessage, bytes),
  };
}

function encode(schema: DescMessage, message: unknown): Buffer {
  return Buffer.from(toBinary(schema, message as Parameters<typeof toBinary>[1]));
}
