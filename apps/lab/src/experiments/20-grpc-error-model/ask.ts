import { type ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { findTrailerError } from "@connectrpc/connect/protocol-grpc";
import { Metadata, type ServiceError } from "@grpc/grpc-js";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcTransport } from "@polywire/grpc";
import type { Address } from "../../system/front-door.ts";
import { connectWire } from "../../wires/routes.ts";
import { splitAddress } from "../../wires/split-address.ts";
import { plainClient, unaryCall } from "../building-blocks/plain-grpc.ts";
import { codeOfError } from "./codes.ts";

/** What a client saw of a call for one order. */
export interface Seen {
  readonly code: number;
  /** As the client has it; `null`: the call succeeded. */
  readonly error: ConnectError | null;
  /** Bytes of `grpc-status-details-bin`; of Connect not counted. */
  readonly detailsBytes: number;
}

/** Asks with plain grpc-js, whose users decode details themselves. */
export async function askGrpcJs(address: Address, orderId: string): Promise<Seen> {
  await using stack = new AsyncDisposableStack();
  const client = plainClient(address, stack);
  try {
    await unaryCall(client, OrderService.method.getOrder, {
      request: { orderId },
      metadata: new Metadata(),
      options: { deadline: Date.now() + PATIENCE_MS },
    });
    return SUCCEEDED;
  } catch (error) {
    const { code, details, metadata } = error as ServiceError;
    const [bytes = Buffer.alloc(0)] = metadata.get(DETAILS) as Buffer[];
    const trailer = new Headers({ "grpc-status": String(code), "grpc-message": encodeURIComponent(details) });
    if (bytes.length > 0) trailer.set(DETAILS, bytes.toString("base64"));
    return { code, error: findTrailerError(trailer) ?? null, detailsBytes: bytes.length };
  }
}

/** Asks with Connect's client, over Connect. */
export async function askConnect(address: Address, orderId: string): Promise<Seen> {
  await using client = connectWire("connect-json", { ...splitAddress(address), token: "" });
  try {
    await client.getOrder(orderId, { timeoutMs: PATIENCE_MS });
    return SUCCEEDED;
  } catch (error) {
    return { code: codeOfError(error), error: error as ConnectError, detailsBytes: 0 };
  }
}

/** Asks with a client that retries as it likes. */
export async function askRetrying(address: Address, orderId: string, retrying: Interceptor): Promise<number> {
  using transport = createGrpcTransport({ address, interceptors: [retrying] });
  const client = createClient(OrderService, transport);
  return await client.getOrder({ orderId }, { timeoutMs: PATIENCE_MS }).then(() => 0, codeOfError);
}

const DETAILS = "grpc-status-details-bin";
/** A call that hangs is a failure of the run, not a finding. */
const PATIENCE_MS = 10_000;
const SUCCEEDED: Seen = { code: 0, error: null, detailsBytes: 0 };
