import { ConnectError } from "@connectrpc/connect";
import { startConnectServers } from "@polywire/connect";
import { ErrorInfoSchema } from "@polywire/contract/google/rpc/error_details";
import type { Order } from "@polywire/contract/polywire/orders/v1/order";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcServer } from "@polywire/grpc";
import { createHealth, ERROR_DOMAIN, implement } from "@polywire/rpc";
import type { Address } from "../../system/front-door.ts";
import { nameOf } from "../building-blocks/code-words.ts";
import { codeOf } from "./codes.ts";

/** What becomes of a call for an order: its answer, or an error thrown. `attempt` counts the calls for it from 1. */
export type Answer = (orderId: string, attempt: number) => Order;

/** An order service that answers as it is told, on gRPC (grpc-js) and Connect (connect-node). */
export interface FaultService extends AsyncDisposable {
  readonly grpc: Address;
  /** Connect over HTTP/1.1. */
  readonly connect: Address;
  /** How often an order was asked for. */
  attempts(orderId: string): number;
}

const HOST = "127.0.0.1";

/** Starts one, gRPC on the port, ready for those who look at its health. */
export async function startFaultService(answer: Answer, { port = 0 } = {}): Promise<FaultService> {
  const attempts = new Map<string, number>();
  const health = createHealth();
  const getOrder = ({ orderId }: { readonly orderId: string }) => {
    const attempt = (attempts.get(orderId) ?? 0) + 1;
    attempts.set(orderId, attempt);
    return { order: answer(orderId, attempt) };
  };
  const services = [implement(OrderService, { getOrder }), health.registration];
  await using stack = new AsyncDisposableStack();
  const grpc = createGrpcServer({ services });
  stack.defer(() => grpc.close());
  const bound = await grpc.listen({ host: HOST, port });
  const connect = await startConnectServers({ host: HOST, services });
  stack.defer(() => connect.drain(0));
  health.set(OrderService.typeName, "SERVING");
  const owned = stack.move();
  return {
    grpc: `${HOST}:${bound.port}`,
    connect: `${HOST}:${connect.port}`,
    attempts: (orderId) => attempts.get(orderId) ?? 0,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Answers each order with the code that it stands for, as an error of this system, which a gateway passes on. */
export function byCode(order: Order): Answer {
  return (orderId) => {
    const code = codeOf(orderId) ?? 0;
    if (code === 0) return { ...order, orderId };
    throw faultOf(code);
  };
}

/** An error of this code, with a reason of its own. */
export function faultOf(code: number): ConnectError {
  const info = { desc: ErrorInfoSchema, value: { reason: "PLANTED", domain: ERROR_DOMAIN } };
  return new ConnectError(`planted: ${nameOf(code)}`, code, undefined, [info]);
}
