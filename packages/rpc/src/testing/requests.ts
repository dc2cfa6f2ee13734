import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { createContextValues, type Interceptor, type StreamRequest, type UnaryRequest } from "@connectrpc/connect";
import {
  GetOrderRequestSchema,
  GetOrderResponseSchema,
  type ImportOrdersRequest,
  ImportOrdersRequestSchema,
  OrderService,
} from "@polywire/contract/polywire/orders/v1/order_service";
import type { AnyRequest } from "../call-context.ts";

/** What interceptors are given in tests, from plain values. */
export type AnyFn = ReturnType<Interceptor>;

/** A unary request as an engine hands it to interceptors. */
export function unaryRequest(header: Record<string, string> = {}, signal = new AbortController().signal): UnaryRequest {
  const message = create(GetOrderRequestSchema, { orderId: "6f9619ff-8b86-4d01-b42d-00cf4fc964ff" });
  return { ...common(header, signal), stream: false, method: OrderService.method.getOrder, message } as UnaryRequest;
}

/** The request of a client stream. */
export function streamRequest(messages: MessageInitShape<typeof ImportOrdersRequestSchema>[] = []): StreamRequest {
  async function* all(): AsyncGenerator<ImportOrdersRequest> {
    for (const message of messages) yield create(ImportOrdersRequestSchema, message);
  }
  const method = OrderService.method.importOrders;
  return {
    ...common({}, new AbortController().signal),
    stream: true,
    method,
    message: all(),
  } as unknown as StreamRequest;
}

/** An innermost function that answers; a stream request is answered by these messages. */
export function answering(messages: () => AsyncIterable<unknown> = async function* () {}): AnyFn {
  return async (request) =>
    ({
      stream: request.stream,
      service: request.service,
      method: request.method,
      header: new Headers(),
      trailer: new Headers(),
      message: request.stream ? messages() : create(GetOrderResponseSchema),
    }) as unknown as Awaited<ReturnType<AnyFn>>;
}

/** An innermost function that throws. */
export function failing(error: unknown): AnyFn {
  return async () => {
    throw error;
  };
}

/** Every message of a response. */
export async function read(response: Awaited<ReturnType<AnyFn>>): Promise<unknown[]> {
  return Array.fromAsync(response.message as AsyncIterable<unknown>);
}

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error("it did not reject");
    },
    (error: unknown) => error,
  );
}

function common(header: Record<string, string>, signal: AbortSignal): Partial<AnyRequest> {
  return {
    service: OrderService,
    requestMethod: "POST",
    url: "http://orders/",
    header: new Headers(header),
    contextValues: createContextValues(),
    signal,
  };
}
