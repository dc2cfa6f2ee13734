/** What load is sent to. The package knows nothing about wires: a driver wraps one call of its wire as a target. */
export interface Target {
  /**
   * Makes one call. Resolves when the call succeeded and rejects when it failed, whatever the reason.
   * Must end soon after `signal` aborts (the timeout of the call, or the end of the run): the loop stops waiting then.
   */
  call(signal: AbortSignal): Promise<void>;
}
