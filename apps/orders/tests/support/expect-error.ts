import { ConnectError } from "@connectrpc/connect";
import { codeName, errorDetails } from "@polywire/rpc";

/** What a call was refused with: `CODE REASON`. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "OK";
  } catch (error) {
    const failed = ConnectError.from(error);
    return `${codeName(failed.code)} ${errorDetails(failed).reason ?? failed.rawMessage}`;
  }
}
