import { rpcError } from "@polywire/rpc";
import { withSignal } from "@polywire/service";
import type { Kysely } from "kysely";
import type { Tables } from "../schema/tables.ts";

/** A read-only transaction that ends by itself, even while whoever reads from it does nothing. */
export interface BoundedTransaction {
  /** Runs statements in it, one `run` after the other. @throws DEADLINE_PASSED once it has been open for too long */
  run<T>(work: (transaction: Kysely<Tables>) => Promise<T>): Promise<T>;
  /** Ends it, if it has not ended yet. */
  end(): Promise<void>;
}

/** When a bounded transaction ends at the latest. */
export interface BoundedTransactionOptions {
  /** Gives it up: what runs is cancelled. */
  signal: AbortSignal;
  /** How long it may be open, in milliseconds. */
  maxMs: number;
  /** Called once, when it has ended. */
  onEnd: () => void;
}

/** Begins a transaction; `onEnd` is called for one that cannot begin, too. */
export async function beginBounded(
  db: Kysely<Tables>,
  { signal, maxMs, onEnd }: BoundedTransactionOptions,
): Promise<BoundedTransaction> {
  const expiry = new AbortController();
  const givenUp = AbortSignal.any([signal, expiry.signal]);
  const begin = () => db.startTransaction().setAccessMode("read only").execute();
  const transaction = await withSignal(givenUp, begin).catch((error: unknown) => {
    onEnd();
    throw error;
  });
  let last: Promise<unknown> = Promise.resolve();
  let ending: Promise<void> | undefined;
  const timer = setTimeout(() => expiry.abort(tooLong(maxMs)), maxMs);
  const end = (): Promise<void> => {
    ending ??= finish();
    return ending;
  };
  const giveUp = (): void => void end();
  if (givenUp.aborted) giveUp();
  else givenUp.addEventListener("abort", giveUp);

  async function finish(): Promise<void> {
    clearTimeout(timer);
    givenUp.removeEventListener("abort", giveUp);
    await last;
    // That of a lost connection fails; Postgres has ended it then.
    await transaction
      .rollback()
      .execute()
      .catch(() => undefined);
    onEnd();
  }

  return {
    end,
    run: (work) => {
      givenUp.throwIfAborted();
      const running = withSignal(givenUp, () => work(transaction));
      last = running.catch(() => undefined);
      return running;
    },
  };
}

function tooLong(maxMs: number): Error {
  return rpcError(
    "DEADLINE_PASSED",
    `a snapshot is kept for ${maxMs / 1000} seconds; read faster, or ask for fewer orders at once`,
  );
}
