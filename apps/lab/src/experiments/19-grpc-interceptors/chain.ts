import type { Book } from "./book.ts";
import type { Order } from "./layers.ts";

/** How a chain is built. */
export interface ChainOptions {
  /** Outermost first. */
  readonly order: Order;
  /** What recovers: an interceptor, a wrapper around each handler, or nothing. */
  readonly recover: "interceptor" | "wrapper" | "nothing";
  /** Whether interceptors of Connect follow the messages of a stream, or only wait for its beginning. */
  readonly wrapStreams: boolean;
  readonly book: Book;
}

/** A server with a chain of interceptors. */
export interface RunningChain extends AsyncDisposable {
  readonly port: number;
}

/** One of the two ways to write interceptors that are compared. */
export interface Stack {
  readonly name: StackName;
  start(options: ChainOptions): Promise<RunningChain>;
}

export const STACKS = ["grpc-js", "connect"] as const;
export type StackName = (typeof STACKS)[number];
