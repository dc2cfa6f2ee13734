import { create } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import type { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { type Command, type CommandReply, CommandReplySchema } from "@polywire/contract/polywire/realtime/v1/frames";
import type { ExecuteCommand } from "@polywire/realtime/server";
import { rpcError } from "@polywire/rpc";
import { runInCall } from "@polywire/rpc/node";

/** Passes commands on to the order service, as part of the command's call: its deadline, its token, its cancellation. */
export function createCommands(orders: Client<typeof OrderService>): ExecuteCommand {
  return (command, call) =>
    runInCall(call, async () => create(CommandReplySchema, { result: await run(orders, command) }));
}

async function run(orders: Client<typeof OrderService>, { call }: Command): Promise<CommandReply["result"]> {
  switch (call.case) {
    case "createOrder":
      return { case: call.case, value: await orders.createOrder(call.value) };
    case "getOrder":
      return { case: call.case, value: await orders.getOrder(call.value) };
    case "listOrders":
      return { case: call.case, value: await orders.listOrders(call.value) };
    case "updateOrder":
      return { case: call.case, value: await orders.updateOrder(call.value) };
    case "cancelOrder":
      return { case: call.case, value: await orders.cancelOrder(call.value) };
    default:
      throw rpcError("METHOD_NOT_AVAILABLE", "this node does not know the command");
  }
}
