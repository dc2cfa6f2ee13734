import { toBinary } from "@bufbuild/protobuf";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import {
  GetOrderRequestSchema,
  OrderService,
  WatchOrdersRequestSchema,
} from "@polywire/contract/polywire/orders/v1/order_service";
import { getOrderRequest, STREAM_MESSAGES, watchOrdersRequest } from "./fixtures.ts";

/** Makes calls in the same way to whichever server. */
export interface Load {
  /** So many GetOrder, a few at a time. */
  unary(calls: number): Promise<void>;
  /** So many WatchOrders, each read to its end. */
  stream(calls: number): Promise<void>;
  close(): void;
}

const AT_A_TIME = 8;
const unaryBytes = Buffer.from(toBinary(GetOrderRequestSchema, getOrderRequest));
const streamBytes = Buffer.from(toBinary(WatchOrdersRequestSchema, watchOrdersRequest));

/** Every server gets the same token: what a long header costs on the wire is not the chain's doing. */
export function createLoad({ port, token }: { port: number; token: string }): Load {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const asIs = (bytes: Buffer) => bytes;
  const metadata = () => {
    const sent = new Metadata();
    sent.set("authorization", `Bearer ${token}`);
    return sent;
  };
  const unary = () => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const path = `/${OrderService.typeName}/${OrderService.method.getOrder.name}`;
    const options = { deadline: Date.now() + 5000 };
    client.makeUnaryRequest(path, asIs, asIs, unaryBytes, metadata(), options, (error) =>
      error ? reject(error) : resolve(),
    );
    return promise;
  };
  const stream = async () => {
    const path = `/${OrderService.typeName}/${OrderService.method.watchOrders.name}`;
    let received = 0;
    for await (const _ of client.makeServerStreamRequest(path, asIs, asIs, streamBytes, metadata(), {})) received += 1;
    if (received !== STREAM_MESSAGES) throw new Error(`${received} of ${STREAM_MESSAGES} messages came`);
  };
  return {
    unary: (calls) => repeat(calls, AT_A_TIME, unary),
    stream: (calls) => repeat(calls, 1, stream),
    close: () => client.close(),
  };
}

async function repeat(calls: number, atATime: number, call: () => Promise<void>): Promise<void> {
  let left = calls;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await call();
    }
  };
  await Promise.all(Array.from({ length: atATime }, worker));
}
