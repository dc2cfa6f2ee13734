import {
  create,
  type DescMethod,
  type DescMethodUnary,
  fromJson,
  type JsonObject,
  type JsonValue,
  toJson,
} from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { OrderSchema } from "@polywire/contract/polywire/orders/v1/order";
import {
  CancelOrderRequestSchema,
  CreateOrderRequestSchema,
  GetOrderRequestSchema,
  OrderService,
} from "@polywire/contract/polywire/orders/v1/order_service";
import { codeName } from "@polywire/rpc";
import { UsageError } from "../terminal/usage-error.ts";
import { connectWire } from "../wires/routes.ts";
import { callHeaders, RPC_WIRES, type RpcWire, rpcTransport } from "../wires/rpc-client.ts";
import type { CallOptions, CallWire, ClientOptions, OrderClient } from "../wires/wire.ts";

/** A method of the order service that a command can call: one request, one response. */
export type CallableMethod = DescMethodUnary;

/** Finds a method by its name, `GetOrder` or `polywire.orders.v1.OrderService/GetOrder`. Throws what is wrong with it. */
export function findMethod(text: string): CallableMethod {
  const name = text.slice(text.lastIndexOf("/") + 1);
  const service = text.slice(0, Math.max(0, text.lastIndexOf("/"))).replace(/^\//, "");
  const known = service === "" || OrderService.typeName === service || OrderService.name === service;
  const method = known
    ? OrderService.methods.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase())
    : undefined;
  if (method === undefined) {
    const names = OrderService.methods.filter(({ methodKind }) => methodKind === "unary").map((one) => one.name);
    throw new UsageError(`${text} is no method of ${OrderService.typeName}: choose one of ${names.join(", ")}`);
  }
  if (!isUnary(method)) {
    throw new UsageError(`${method.name} is a stream; call makes calls of one request and one response`);
  }
  return method;
}

function isUnary(method: DescMethod): method is CallableMethod {
  return method.methodKind === "unary";
}

/** Makes one call and gives the response as JSON. Throws `ConnectError` when it fails. */
export type MakeCall = (request: JsonObject, options: CallOptions) => Promise<JsonValue>;

/** A client for one method over one wire, still to be closed. Throws when the wire has no such method. */
export function openCaller(method: CallableMethod, wire: CallWire, options: ClientOptions): MakeCall & Disposable {
  if (isRpcWire(wire)) return rpcCaller(method, wire, options);
  const ask = ORDER_CALLS[method.localName];
  if (ask === undefined) {
    const names = [OrderService.method.createOrder, OrderService.method.getOrder, OrderService.method.cancelOrder];
    throw new UsageError(
      `the lab calls ${method.name} over ${RPC_WIRES.join(", ")}; over ${wire} it calls ${names.map(({ name }) => name).join(", ")}`,
    );
  }
  const client = connectWire(wire, options);
  const call: MakeCall = async (request, callOptions) => {
    const order = await ask(client, request, callOptions);
    return { order: toJson(OrderSchema, order) };
  };
  return Object.assign(call, { [Symbol.dispose]: () => void client[Symbol.asyncDispose]() });
}

function isRpcWire(wire: CallWire): wire is RpcWire {
  return RPC_WIRES.some((one) => one === wire);
}

function rpcCaller(method: CallableMethod, wire: RpcWire, options: ClientOptions): MakeCall & Disposable {
  const { transport, close } = rpcTransport(wire, options);
  const call: MakeCall = async (request, { signal, timeoutMs, requestId }) => {
    const input = create(method.input, fromJson(method.input, request));
    const headers = callHeaders(options.token, requestId);
    const { message } = await transport.unary(method, signal, timeoutMs, headers, input);
    return toJson(method.output, message);
  };
  return Object.assign(call, { [Symbol.dispose]: close });
}

type OrderCall = (
  client: OrderClient,
  request: JsonObject,
  options: CallOptions,
) => ReturnType<OrderClient["getOrder"]>;

/** What the wires that know orders but no methods can do, by the method's local name. */
const ORDER_CALLS: Readonly<Record<string, OrderCall>> = {
  createOrder: (client, request, options) => client.createOrder(fromJson(CreateOrderRequestSchema, request), options),
  getOrder: (client, request, options) => client.getOrder(fromJson(GetOrderRequestSchema, request).orderId, options),
  cancelOrder: (client, request, options) => client.cancelOrder(fromJson(CancelOrderRequestSchema, request), options),
};

/** How a call ended, as `--json` has it. */
export interface CallResult {
  readonly response: JsonValue | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** Waits for a call's end; a failure of the call is a result, everything else is thrown. */
export async function settleCall(calling: Promise<JsonValue>): Promise<CallResult> {
  try {
    return { response: await calling, error: null };
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    return { response: null, error: { code: codeName(error.code), message: error.rawMessage } };
  }
}
