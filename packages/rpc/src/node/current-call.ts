import { AsyncLocalStorage } from "node:async_hooks";
import type { CallContext } from "../call-context.ts";

const storage = new AsyncLocalStorage<CallContext>();

/** The call being served, or undefined outside of one. */
export function currentCall(): CallContext | undefined {
  return storage.getStore();
}

/** The call being served. Throws outside of one: that is a defect of the program. */
export function requireCall(): CallContext {
  const call = storage.getStore();
  if (!call) throw new Error("no call is being served here: wrap the work in runInCall(context, fn)");
  return call;
}

/** The signal of the call being served: aborts at its deadline or when its caller leaves. For SQL and other slow work. */
export function callSignal(): AbortSignal | undefined {
  return storage.getStore()?.signal;
}

/** Runs `fn` as part of a call. */
export function runInCall<T>(context: CallContext, fn: () => T): T {
  return storage.run(context, fn);
}
