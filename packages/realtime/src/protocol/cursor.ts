import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { type Cursor, CursorSchema } from "@polywire/contract/polywire/type/v1/cursor";

const maxOffset = 2n ** 63n - 1n;
const pattern = /^([0-9a-z]{1,32}):(0|[1-9][0-9]{0,18})$/;

/** A position in the log from its parts. `offset` counts events and stands after the event of that number. */
export function makeCursor(epoch: string, offset: bigint): Cursor {
  return create(CursorSchema, { epoch, offset });
}

/** The text form of a cursor, `<epoch>:<offset>`: SSE `id:` and `Last-Event-ID`, and the `cursor` query parameter. */
export function formatCursor(cursor: Cursor): string {
  return `${cursor.epoch}:${cursor.offset}`;
}

/**
 * Reads the text form. One position has one text: leading zeros, signs, blanks and offsets beyond int64 are refused.
 *
 * @throws ConnectError INVALID_ARGUMENT for anything else
 */
export function parseCursor(text: string): Cursor {
  const match = pattern.exec(text);
  const offset = match?.[2] === undefined ? -1n : BigInt(match[2]);
  if (match?.[1] === undefined || offset < 0n || offset > maxOffset) {
    throw new ConnectError("a cursor is written <epoch>:<offset>, for example k3v9:1042", Code.InvalidArgument);
  }
  return makeCursor(match[1], offset);
}
