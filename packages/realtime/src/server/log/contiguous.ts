import { Code, ConnectError } from "@connectrpc/connect";
import type { Cursor } from "@polywire/contract/polywire/type/v1/cursor";
import { formatCursor } from "../../protocol/cursor.ts";
import type { LogMessage } from "./event-log.ts";

/**
 * Passes a reading on and holds it to its promise: `started` comes first, and each event is the direct successor of
 * the one before, in the same epoch.
 *
 * @throws ConnectError DATA_LOSS at the first message that breaks it
 */
export async function* contiguous(messages: AsyncIterable<LogMessage>): AsyncGenerator<LogMessage> {
  let position: Cursor | undefined;
  for await (const message of messages) {
    if (message.kind === "started") {
      position = message.cursor;
    } else if (position === undefined) {
      throw new ConnectError("the log did not say where the reading starts", Code.DataLoss);
    } else if (message.kind === "event") {
      position = successor(position, message.event.cursor);
    }
    yield message;
  }
}

function successor(position: Cursor, next: Cursor | undefined): Cursor {
  if (next === undefined || next.epoch !== position.epoch || next.offset !== position.offset + 1n) {
    const found = next === undefined ? "an event without a position" : formatCursor(next);
    throw new ConnectError(`the log has a hole: ${found} follows ${formatCursor(position)}`, Code.DataLoss);
  }
  return next;
}
