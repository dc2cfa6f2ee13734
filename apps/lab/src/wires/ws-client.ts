import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import type { CommandReply, CommandSchema, ServerFrame } from "@polywire/contract/polywire/realtime/v1/frames";
import { fromWire } from "@polywire/realtime/protocol";
import { present } from "./rpc-client.ts";
import { createTurns } from "./turns.ts";
import type { CallOptions, ClientOptions, OrderClient } from "./wire.ts";
import { openWs, type WsConnection } from "./ws-connection.ts";

type Call = NonNullable<MessageInitShape<typeof CommandSchema>["call"]>;
type Pending = PromiseWithResolvers<CommandReply>;

/** What a node works on at once for one connection; it refuses more, so that calls wait their turn here. */
const MAX_IN_WORK = 32;

/** Commands over one WebSocket. */
export function wsJsonClient(options: ClientOptions): OrderClient {
  const pending = new Map<number, Pending>();
  const turns = createTurns(MAX_IN_WORK);
  let lastId = 0;
  let broken: { readonly reason: unknown } | undefined;
  const connection: Promise<WsConnection> = openWs(options, (frame) => settle(pending, frame));
  connection
    .then(({ failure }) => failure)
    .catch((reason) => {
      broken = { reason };
      for (const { reject } of pending.values()) reject(reason);
      pending.clear();
    });

  async function command(call: Call, options?: CallOptions): Promise<CommandReply["result"]> {
    const socket = await connection;
    await turns.take();
    try {
      return await send(socket, call, options);
    } finally {
      turns.give();
    }
  }

  async function send(socket: WsConnection, call: Call, { timeoutMs, signal }: CallOptions = {}) {
    if (broken !== undefined) throw broken.reason;
    signal?.throwIfAborted();
    const requestId = ++lastId;
    const reply: Pending = Promise.withResolvers();
    pending.set(requestId, reply);
    const abandon = () => {
      pending.delete(requestId);
      reply.reject(signal?.reason);
    };
    signal?.addEventListener("abort", abandon);
    const timeout = timeoutMs === undefined ? {} : { timeout: durationFromMs(timeoutMs) };
    socket.send({ requestId, request: { case: "command", value: { ...timeout, call } } });
    try {
      return (await reply.promise).result;
    } finally {
      signal?.removeEventListener("abort", abandon);
    }
  }

  return {
    createOrder: async (value, call) => orderOf(await command({ case: "createOrder", value }, call)),
    getOrder: async (orderId, call) => orderOf(await command({ case: "getOrder", value: { orderId } }, call)),
    cancelOrder: async (value, call) => orderOf(await command({ case: "cancelOrder", value }, call)),
    [Symbol.asyncDispose]: async () => {
      const socket = await connection.catch(() => undefined);
      await socket?.[Symbol.asyncDispose]();
    },
  };
}

function settle(pending: Map<number, Pending>, { requestId, message }: ServerFrame): void {
  const reply = pending.get(requestId);
  if (reply === undefined) return;
  if (message.case === "commandReply") reply.resolve(message.value);
  else if (message.case === "error") reply.reject(fromWire(message.value));
  else return;
  pending.delete(requestId);
}

function orderOf(result: CommandReply["result"]) {
  if (result.case === undefined || result.case === "listOrders") throw new Error(`unexpected reply: ${result.case}`);
  return present(result.value.order);
}
