import { type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import {
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { getOrderResponse, STREAM_MESSAGES, watchOrdersResponse } from "./fixtures.ts";
import { announce } from "./served.ts";

/** The reference: grpc-js as its own documentation has it, callbacks and no interceptors. */
const server = new Server({ "grpc.enable_channelz": 0 });
const { getOrder, watchOrders } = OrderService.method;
server.addService(
  { getOrder: definition(getOrder, false), watchOrders: definition(watchOrders, true) },
  {
    getOrder: (_call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>) =>
      callback(null, getOrderResponse),
    watchOrders: (call: ServerWritableStream<unknown, unknown>) => {
      let sent = 0;
      const send = () => {
        while (sent < STREAM_MESSAGES) {
          sent += 1;
          if (!call.write(watchOrdersResponse)) {
            call.once("drain", send);
            return;
          }
        }
        call.end();
      };
      send();
    },
  },
);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  announce({ port });
});

function definition(
  method: { name: string; input: DescMessage; output: DescMessage },
  responseStream: boolean,
): MethodDefinition<unknown, unknown> {
  const { name, input, output } = method;
  return {
    path: `/${OrderService.typeName}/${name}`,
    requestStream: false,
    responseStream,
    requestSerialize: (message) => bytes(toBinary(input, message as MessageShape<DescMessage>)),
    requestDeserialize: (buffer) => fromBinary(input, buffer),
    responseSerialize: (message) => bytes(toBinary(output, message as MessageShape<DescMessage>)),
    responseDeserialize: (buffer) => fromBinary(output, buffer),
  };
}

function bytes({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
