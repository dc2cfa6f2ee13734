import { randomUUID } from "node:crypto";
import { ConnectError, createClient } from "@connectrpc/connect";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcTransport } from "@polywire/grpc";
import type { StackName } from "./chain.ts";

export const MODES = ["unary", "server", "client", "bidi"] as const;
export type Mode = (typeof MODES)[number];

/** How a call goes: with or without a token that is valid, and how its handler fails. */
export const KINDS = ["good", "bad-token", "auth-breaks", "throw", "reject", "mid-stream"] as const;
export type Kind = (typeof KINDS)[number];

/**
 * Which calls are made: only a stream of responses can fail in its middle, and an interceptor that throws ends the whole
 * process in grpc-js.
 */
export function callsOf(stack: StackName): { mode: Mode; kind: Kind }[] {
  const isThere = (mode: Mode, kind: Kind): boolean => {
    if (kind === "mid-stream") return mode === "server" || mode === "bidi";
    return kind !== "auth-breaks" || stack === "connect";
  };
  return MODES.flatMap((mode) => KINDS.filter((kind) => isThere(mode, kind)).map((kind) => ({ mode, kind })));
}

export const GOOD_TOKEN = "Bearer good";
/** With this one the check of the token itself throws. */
export const BREAKING_TOKEN = "Bearer breaks";
/** What no client may ever read. */
export const SECRET = "password=hunter2";
export const ORDER_ID = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";
export const CALL_HEADER = "x-call";
export const KIND_HEADER = "x-kind";

const TOKENS: Partial<Record<Kind, string>> = { "bad-token": "Bearer bad", "auth-breaks": BREAKING_TOKEN };

/** What a client saw of its call. */
export interface Answer {
  /** Names it in the book. */
  readonly call: string;
  /** gRPC's number; 0 for OK. */
  readonly code: number;
  readonly message: string;
}

/** Makes calls to one server. */
export interface Caller extends Disposable {
  /** Ends after `deadlineMs` if nobody ends it. */
  call(mode: Mode, kind: Kind, deadlineMs?: number): Promise<Answer>;
}

// Long, because it decides nothing.
const PATIENCE_MS = 30_000;

/** Connects a client: the same one for both stacks. */
export function createCaller(port: number): Caller {
  const transport = createGrpcTransport({ address: `127.0.0.1:${port}` });
  const client = createClient(OrderService, transport);
  return {
    async call(mode, kind, deadlineMs = PATIENCE_MS) {
      const call = randomUUID();
      const authorization = TOKENS[kind] ?? GOOD_TOKEN;
      const options = {
        timeoutMs: deadlineMs,
        headers: { authorization, [CALL_HEADER]: call, [KIND_HEADER]: kind },
      };
      try {
        switch (mode) {
          case "unary":
            await client.getOrder({ orderId: ORDER_ID }, options);
            break;
          case "server":
            await Array.fromAsync(client.watchOrders({ orderIds: [ORDER_ID] }, options));
            break;
          case "client":
            await client.importOrders(one({ lineNumber: 7n }), options);
            break;
          case "bidi":
            await Array.fromAsync(client.fulfilOrders(one({ commandId: 7 }), options));
            break;
        }
        return { call, code: 0, message: "" };
      } catch (error) {
        const { code, rawMessage } = ConnectError.from(error);
        return { call, code, message: rawMessage };
      }
    },
    [Symbol.dispose]: () => transport.close(),
  };
}

/** The field of the request that each method has. */
export function fieldOf(message: unknown): string {
  const { orderId, orderIds, lineNumber, commandId } = message as Record<string, unknown>;
  return String(orderId ?? orderIds ?? lineNumber ?? commandId);
}

async function* one<T>(message: T): AsyncGenerator<T> {
  yield message;
}
