import { AsyncLocalStorage } from "node:async_hooks";
import { callSignal } from "@polywire/rpc/node";

const signals = new AsyncLocalStorage<AbortSignal>();

/**
 * Runs background work whose SQL statements end when a signal aborts. Within a served call this is not needed: its
 * statements take the call's signal by themselves. Inside `work` the given signal takes the place of the call's.
 *
 * @param signal ends the statements
 * @param work what to run
 * @returns what `work` returns
 */
export function withSignal<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return signals.run(signal, work);
}

/** The signal that a statement started now must obey. */
export function currentSignal(): AbortSignal | undefined {
  return signals.getStore() ?? callSignal();
}
