/** A way from the caller to the statement, whoever the services on it are. */
export interface Chain {
  /** Places an order with so much time, or until the signal aborts. */
  start(call: { readonly budgetMs: number; readonly signal: AbortSignal }): StartedCall;
}

/** A call under way; its own times are on the clock of `machineMs`. */
export interface StartedCall {
  readonly startedAtMs: number;
  /** The code that the caller got; never rejects. */
  readonly ended: Promise<string>;
  /** What each service has done for the call up to now, in the order in which they were asked. */
  work(): HopWork[];
}

/** What one service did for one call; times in ms since the caller asked. */
export interface HopWork {
  readonly hop: string;
  /** What the wire told it was left; `null`: nothing. */
  readonly toldMs: number | null;
  readonly startedMs: number;
  /** `null`: it is still at work. */
  readonly endedMs: number | null;
  /** How it ended the call; `null`: it has not, or nobody knows. */
  readonly code: string | null;
}
