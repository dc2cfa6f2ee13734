import { create, toBinary } from "@bufbuild/protobuf";
import { ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createGrpcTransport as createNodeTransport } from "@connectrpc/connect-node";
import { type ChannelOptions, Client, credentials } from "@grpc/grpc-js";
import { GetOrderRequestSchema, OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcTransport } from "@polywire/grpc";
import { type CodeName, codeName } from "@polywire/rpc";
import type { Address } from "../../system/front-door.ts";

/** How a call ended. */
export type Outcome = "OK" | CodeName;

/** Somebody who calls workers. */
export interface Caller extends Disposable {
  /** Makes a call that takes so long. */
  call(durationMs: number): Promise<Outcome>;
}

/** Opens a caller to the first of these addresses that takes connections. */
export type OpenCaller = (addresses: readonly Address[]) => Caller;

/** No call of an experiment is meant to wait for this. */
const TIMEOUT_MS = 30_000;
const GET_ORDER = `/${OrderService.typeName}/GetOrder`;

/** @polywire/grpc as it is. */
export const openPolywire: OpenCaller = (addresses) => {
  const transport = createGrpcTransport({ address: `ipv4:${addresses.join(",")}`, loadBalancing: "pick_first" });
  return callBy(transport, () => transport.close());
};

/** connect-node, which pings so often; it takes one address. */
export function openConnectNode(pingIntervalMs: number): OpenCaller {
  return ([address]) => callBy(createNodeTransport({ baseUrl: `http://${address}`, pingIntervalMs }), () => undefined);
}

/** grpc-js as it is, pinging so often; never without. */
export function openGrpcJs(keepaliveMs?: number): OpenCaller {
  return (addresses) => {
    const options: ChannelOptions = {
      // Channels with the same options would share a connection.
      "grpc.use_local_subchannel_pool": 1,
      ...(keepaliveMs !== undefined && { "grpc.keepalive_time_ms": keepaliveMs }),
    };
    const client = new Client(`ipv4:${addresses.join(",")}`, credentials.createInsecure(), options);
    const asIs = (bytes: Buffer): Buffer => bytes;
    return {
      call: (durationMs) =>
        new Promise((resolve) => {
          const request = create(GetOrderRequestSchema, { orderId: String(durationMs) });
          const bytes = Buffer.from(toBinary(GetOrderRequestSchema, request));
          const deadline = Date.now() + TIMEOUT_MS;
          client.makeUnaryRequest(GET_ORDER, asIs, asIs, bytes, { deadline }, (error) =>
            resolve(error === null ? "OK" : codeName(error.code as number)),
          );
        }),
      [Symbol.dispose]: () => client.close(),
    };
  };
}

function callBy(transport: Transport, close: () => void): Caller {
  const client = createClient(OrderService, transport);
  return {
    call: (durationMs) =>
      client.getOrder({ orderId: String(durationMs) }, { timeoutMs: TIMEOUT_MS }).then(
        (): Outcome => "OK",
        (error: unknown) => codeName(ConnectError.from(error).code),
      ),
    [Symbol.dispose]: close,
  };
}
