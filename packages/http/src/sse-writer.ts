import type { ServerResponse } from "node:http";
import { encodeSseComment, encodeSseEvent, encodeSseRetry, type SseEvent } from "./sse-event.ts";

/** Options of `sseWriter`. */
export interface SseWriterOptions {
  /**
   * How many bytes may wait for a client that reads too slowly. Over it the connection is cut, `signal` aborts, and the
   * client resumes with its Last-Event-ID. Default: 1 MiB.
   */
  maxBufferedBytes?: number;
  /** How long clients wait before they reconnect, in milliseconds. Default: the client's own, about 3 s. */
  retryMs?: number;
}

/** A stream of server-sent events on one response. */
export interface SseWriter {
  /** Sends an event. As `write`. */
  send(event: SseEvent): boolean;
  /** Sends a comment, as a sign of life. As `write`. */
  comment(text: string): boolean;
  /**
   * Sends bytes that are encoded already, for example one batch for many subscribers. `false` means: the client is
   * behind or gone, wait for `drained()` before sending more.
   */
  write(encoded: string | Uint8Array): boolean;
  /** Resolves when the client has caught up, or is gone (`signal` says which). */
  drained(): Promise<void>;
  /** Bytes handed over that the kernel has not taken yet. */
  readonly bufferedBytes: number;
  /** Aborts when the stream is over: the client left, was too slow, or `end` was called. */
  readonly signal: AbortSignal;
  /** Ends the stream in good order. */
  end(): void;
}

/**
 * Starts a text/event-stream on `response` and sends its header at once, so that the client's `open` does not wait for
 * the first event. Header fields set before (CORS, request id) are kept.
 */
export function sseWriter(response: ServerResponse, options: SseWriterOptions = {}): SseWriter {
  const { maxBufferedBytes, retryMs } = resolveSseWriterOptions(options);
  const over = new AbortController();
  // The response's event and not the request's: a request closes as soon as its body has been read.
  response.once("close", () => over.abort());

  response.writeHead(200, {
    "content-type": "text/event-stream",
    // No store may keep a stream, no proxy may compress or collect it before passing it on.
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
  });
  response.flushHeaders();
  if (retryMs !== undefined) {
    response.write(encodeSseRetry(retryMs));
  }

  function write(encoded: string | Uint8Array): boolean {
    if (over.signal.aborted || response.writableEnded) {
      return false;
    }
    const size = typeof encoded === "string" ? Buffer.byteLength(encoded) : encoded.byteLength;
    if (response.writableNeedDrain && response.writableLength + size > maxBufferedBytes) {
      over.abort(new Error(`the client is more than ${maxBufferedBytes} bytes behind`));
      response.destroy();
      return false;
    }
    return response.write(encoded);
  }

  return {
    write,
    send: (event) => write(encodeSseEvent(event)),
    comment: (text) => write(encodeSseComment(text)),
    drained: () => drained(response, over.signal),
    get bufferedBytes() {
      return response.writableLength;
    },
    signal: over.signal,
    end() {
      response.end();
      over.abort();
    },
  };
}

function resolveSseWriterOptions(options: SseWriterOptions) {
  const { maxBufferedBytes = 1_048_576, retryMs } = options;
  if (!Number.isSafeInteger(maxBufferedBytes) || maxBufferedBytes < 1) {
    throw new RangeError(`maxBufferedBytes is ${maxBufferedBytes}; give a whole number of bytes, 1 or more`);
  }
  return { maxBufferedBytes, retryMs };
}

function drained(response: ServerResponse, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (over.aborted || !response.writableNeedDrain) {
      resolve();
      return;
    }
    const settle = () => {
      response.off("drain", settle);
      over.removeEventListener("abort", settle);
      resolve();
    };
    response.once("drain", settle);
    over.addEventListener("abort", settle, { once: true });
  });
}
