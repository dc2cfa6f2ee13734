import type { IncomingMessage } from "node:http";
import { rpcError } from "@polywire/rpc";

/** Options of `readBody`. */
export interface ReadBodyOptions {
  /** How many bytes a body may have. */
  maxBytes: number;
  /** Ends the wait for a client that sends too slowly: the call's deadline or the client's leaving. */
  signal: AbortSignal;
}

/**
 * Reads a request's whole body into memory.
 *
 * What comes beyond the limit is thrown away while it arrives, up to 4 MiB, so that the client gets to read the refusal
 * instead of a reset connection. Close the connection after a refusal: the rest of the body may still be on it.
 *
 * @throws RESOURCE_EXHAUSTED REQUEST_TOO_LARGE beyond `maxBytes`; the signal's reason when it aborts first.
 */
export function readBody(request: IncomingMessage, { maxBytes, signal }: ReadBodyOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let receivedBytes = 0;

    const onData = (chunk: Buffer) => {
      receivedBytes += chunk.byteLength;
      if (receivedBytes <= maxBytes) {
        chunks.push(chunk);
        return;
      }
      chunks.length = 0;
      if (receivedBytes - maxBytes > MAX_DISCARDED_BYTES) {
        settle(() => reject(tooLarge(maxBytes)));
      }
    };
    const onEnd = () =>
      settle(() => (receivedBytes > maxBytes ? reject(tooLarge(maxBytes)) : resolve(Buffer.concat(chunks))));
    const onError = () => settle(() => reject(signal.reason ?? rpcError("CALL_CANCELLED", "the client went away")));
    const onAbort = () => settle(() => reject(signal.reason));
    const settle = (finish: () => void) => {
      request.off("data", onData).off("end", onEnd).off("error", onError);
      signal.removeEventListener("abort", onAbort);
      request.pause();
      finish();
    };

    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    signal.addEventListener("abort", onAbort, { once: true });
    request.on("data", onData).on("end", onEnd).on("error", onError);
  });
}

const MAX_DISCARDED_BYTES = 4 * 1_048_576;

function tooLarge(maxBytes: number) {
  return rpcError("REQUEST_TOO_LARGE", `the body has more than ${maxBytes} bytes; send less at a time`);
}
