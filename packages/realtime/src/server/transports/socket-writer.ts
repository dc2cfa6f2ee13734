import type { Writable } from "node:stream";

/** The sending side of a client's socket. */
export interface SocketWriter {
  /** Whether the socket takes more events now. */
  writable(): boolean;
  /** Resolves when it does, or was closed. */
  drained(): Promise<void>;
  /** Sends bytes; all of one turn of the event loop leave in one system call. */
  write(bytes: Uint8Array): void;
  /** From now on nothing is written, and who waits goes on. */
  stop(): void;
}

/** What a {@link SocketWriter} needs to know. */
export interface SocketWriterOptions {
  /** A stream with so many unsent bytes is not writable. */
  maxBytes: number;
  /** Whether to collect the writes of a turn. An HTTP response does so by itself, and loses its end when told to. */
  coalesce: boolean;
  /** Called when a stream that was not writable has sent everything. */
  onDrain: () => void;
}

/**
 * Writes to a stream with a limit. Events ask `writable` first; answers do not, so they may go over the limit by what the
 * requests in flight can cause.
 */
export function createSocketWriter(
  stream: Writable,
  { maxBytes, coalesce, onDrain }: SocketWriterOptions,
): SocketWriter {
  let corked = false;
  let stopped = false;
  let relief: PromiseWithResolvers<void> | undefined;

  function resume() {
    relief?.resolve();
    relief = undefined;
  }

  function uncork() {
    corked = false;
    stream.uncork();
  }

  const writable = () => stopped || stream.writableLength < maxBytes;
  stream.on("drain", () => {
    resume();
    onDrain();
  });
  return {
    writable,
    drained() {
      if (writable()) {
        return Promise.resolve();
      }
      relief ??= Promise.withResolvers<void>();
      return relief.promise;
    },
    write(bytes) {
      if (stopped || stream.destroyed || stream.writableEnded) {
        return;
      }
      if (coalesce && !corked) {
        corked = true;
        stream.cork();
        process.nextTick(uncork);
      }
      stream.write(bytes);
    },
    stop() {
      stopped = true;
      resume();
    },
  };
}
