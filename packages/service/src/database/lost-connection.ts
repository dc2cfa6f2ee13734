import type { ConnectError } from "@connectrpc/connect";
import { rpcError } from "@polywire/rpc";
import { DatabaseError } from "pg";

/**
 * SQLSTATEs that say that the server went away rather than that the statement was wrong: class 08 (connection
 * exception) and 57P01 to 57P05 (shutdown, crash, not yet up, idle session ended).
 * https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
const WENT_AWAY = /^(08...|57P0[1-5])$/;

/** What pg says, without a SQLSTATE, when the socket closes under a statement. */
const TERMINATED = /^(Connection terminated|Client has encountered a connection error)/;

/** UNAVAILABLE for an error that means a lost connection, so that callers may try again; undefined for any other. */
export function lostConnection(error: unknown): ConnectError | undefined {
  const isLost =
    error instanceof DatabaseError
      ? WENT_AWAY.test(error.code ?? "")
      : error instanceof Error && ("syscall" in error || TERMINATED.test(error.message));
  if (!isLost) return undefined;
  return rpcError("UPSTREAM_UNAVAILABLE", "the connection to the database was lost; try again", { cause: error });
}
