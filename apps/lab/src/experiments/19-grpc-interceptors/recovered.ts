import { Code, ConnectError } from "@connectrpc/connect";
import type { ChainOptions } from "./chain.ts";

/** Whatever a handler threw, as an error without its text. */
export function recovered(error: unknown, call: string, { book }: Pick<ChainOptions, "book">): ConnectError {
  if (error instanceof ConnectError) return error;
  book.of(call).caught += 1;
  return new ConnectError("internal error", Code.Internal);
}
