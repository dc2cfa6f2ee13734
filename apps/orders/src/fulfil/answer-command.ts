import { Code, ConnectError } from "@connectrpc/connect";
import type { Order } from "@polywire/contract/polywire/orders/v1/order";
import type { FulfilOrdersRequest } from "@polywire/contract/polywire/orders/v1/order_service";
import { codeName, errorDetails, rpcError } from "@polywire/rpc";
import type { Station } from "./station.ts";

/** The answer to a command; without a code it took effect. */
export interface CommandAnswer {
  commandId: number;
  orderId: string;
  code: string;
  reason: string;
  message: string;
  order?: Order;
}

/** What a command can be refused for while the conversation goes on. */
const REFUSALS: ReadonlySet<Code> = new Set([Code.NotFound, Code.FailedPrecondition, Code.Aborted]);

/** Does what a command says. @returns the answer; undefined for a heartbeat */
export async function answerCommand(
  station: Station,
  { command, commandId }: FulfilOrdersRequest,
): Promise<CommandAnswer | undefined> {
  const orderId = command.value !== undefined && "orderId" in command.value ? command.value.orderId : "";
  try {
    const order = await perform(station, command);
    return order && { commandId, orderId, code: "OK", reason: "", message: "", order };
  } catch (error) {
    const refusal = ConnectError.from(error);
    const { reason } = errorDetails(refusal);
    if (reason === undefined || !REFUSALS.has(refusal.code)) throw error;
    return { commandId, orderId, code: codeName(refusal.code), reason, message: refusal.rawMessage };
  }
}

async function perform(station: Station, command: FulfilOrdersRequest["command"]): Promise<Order | undefined> {
  switch (command.case) {
    case "claim":
      return await station.claim(command.value.orderId.toLowerCase());
    case "report":
      return await station.report(command.value.orderId.toLowerCase(), command.value.status);
    case "giveBack":
      return await station.giveBack(command.value.orderId.toLowerCase());
    case "hello":
      throw rpcError("HELLO_MISPLACED", "this station has said hello already");
    default:
      return undefined;
  }
}
