/** A running app, as `start(config)` of every app returns it. */
export interface App extends AsyncDisposable {
  /** Where it listens: `{ grpc: "127.0.0.1:5001", http: "127.0.0.1:5002" }`. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Drains and stops everything the app started. Calling it again waits for the same end. */
  close(): Promise<void>;
}

/**
 * Makes an `App` of a list of things to stop.
 *
 * @param addresses where the app listens
 * @param stop stops everything; called once
 * @returns the app
 */
export function createApp(addresses: Readonly<Record<string, string>>, stop: () => Promise<void>): App {
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= stop();
    return closing;
  };
  return { addresses, close, [Symbol.asyncDispose]: close };
}
