import { createClient } from "@connectrpc/connect";
import { Client, credentials } from "@grpc/grpc-js";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcTransport } from "@polywire/grpc";
import type { Address } from "../../system/front-door.ts";
import { ASK, SEND } from "./flow-methods.ts";

/** What the reader of a stream does: takes every message, takes one and no more, or never begins. */
export const READERS = ["normal", "paused", "unread"] as const;

/** One of them. */
export type Reader = (typeof READERS)[number];

/** A client that has begun to call a server stream. */
export interface FlowClient extends Disposable {
  /** Bytes of messages that it took. */
  readonly readBytes: number;
  /** Calls something else over the same connection; resolves with the answer. */
  ask(): Promise<void>;
}

/** The client of grpc-js. */
export function callWithGrpcJs(address: Address, reader: Reader): FlowClient {
  const client = new Client(address, credentials.createInsecure());
  const { path, requestSerialize: write, responseDeserialize: read } = SEND;
  const call = client.makeServerStreamRequest(path, write, read, Buffer.alloc(0));
  // Cancelled at the end, whatever became of it.
  call.on("error", () => undefined);
  let readBytes = 0;
  if (reader !== "unread") {
    call.on("data", (message: Buffer) => {
      readBytes += message.length;
      if (reader === "paused") call.pause();
    });
  }
  return {
    get readBytes() {
      return readBytes;
    },
    ask() {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const settle = (error: Error | null): void => (error === null ? resolve() : reject(error));
      client.makeUnaryRequest(ASK.path, write, read, Buffer.alloc(0), settle);
      return promise;
    },
    [Symbol.dispose]() {
      call.cancel();
      client.close();
    },
  };
}

/** The client of `@polywire/grpc`, which is never asked for a message of the stream. */
export function callWithPolywire(address: Address): FlowClient {
  const transport = createGrpcTransport({ address });
  const client = createClient(OrderService, transport);
  const left = new AbortController();
  client.exportOrders({}, { signal: left.signal });
  return {
    readBytes: 0,
    ask: async () => void (await client.getOrder({})),
    [Symbol.dispose]() {
      left.abort();
      transport.close();
    },
  };
}
