import { ConnectError } from "@connectrpc/connect";
import { type ClientFrame, ClientFrameSchema } from "@polywire/contract/polywire/realtime/v1/frames";
import { badRequest, errorDetails, rpcError, validateMessage } from "@polywire/rpc";
import type { FrameCodec } from "../../../protocol/codec/frame-codec.ts";

/** From the frame to the request in it: `subscribe.` or `command.create_order.`. */
const requestPath = /^(?:command\.(?:create_order|get_order|list_orders|update_order|cancel_order)|[a-z_]+)\./;

/**
 * Reads and validates a frame by the rules of its proto file. Fields are named from the request, as on every other wire:
 * `lines[0].quantity`, not `command.create_order.lines[0].quantity`.
 *
 * @throws ConnectError INVALID_ARGUMENT MALFORMED_REQUEST or VALIDATION_FAILED
 */
export function readClientFrame(codec: FrameCodec, data: Uint8Array, isBinary: boolean): ClientFrame {
  if (isBinary !== codec.binary) {
    throw rpcError(
      "MALFORMED_REQUEST",
      `${codec.subprotocol} takes ${codec.binary ? "binary" : "text"} messages, not ${isBinary ? "binary" : "text"} ones`,
    );
  }
  try {
    const frame = codec.decodeClientFrame(data);
    validateMessage(ClientFrameSchema, frame);
    return frame;
  } catch (error) {
    const violations = error instanceof ConnectError ? errorDetails(error).fieldViolations : [];
    if (violations.length === 0) {
      throw error;
    }
    throw badRequest(
      violations.map((violation) => ({ ...violation, field: violation.field.replace(requestPath, "") })),
    );
  }
}

/** The request id of a frame that could not be read, so that the client can tell which one it was; 0 if that is unknown. */
export function requestIdOf(codec: FrameCodec, data: Uint8Array): number {
  if (codec.binary) {
    return 0;
  }
  try {
    const frame: unknown = JSON.parse(new TextDecoder().decode(data));
    const id = typeof frame === "object" && frame !== null && "requestId" in frame ? frame.requestId : 0;
    return typeof id === "number" && Number.isInteger(id) && id > 0 && id < 2 ** 32 ? id : 0;
  } catch {
    return 0;
  }
}
