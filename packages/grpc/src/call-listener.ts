import { constants, type ServerHttp2Stream } from "node:http2";
import { type ServerInterceptor, status } from "@grpc/grpc-js";

type ServerInterceptingCallInterface = Parameters<ServerInterceptor>[1];

/** grpc-js's own call. Its stream is private there, and the only way to what has become of it. */
export interface EngineCall extends ServerInterceptingCallInterface {
  readonly stream: ServerHttp2Stream;
}

/** What grpc-js tells of a call. */
export type EngineListener = Parameters<ServerInterceptingCallInterface["start"]>[0];

/**
 * Stands between a call and what grpc-js listens to it with. A stream of requests that breaks off does not end; a request
 * of one message that does not arrive is given up; and a call that is over lets go of what served it.
 */
export class CallListener implements EngineListener {
  readonly #call: EngineCall;
  #listener: EngineListener | undefined;
  readonly #requestTimer: NodeJS.Timeout | undefined;

  /** `requestTimeoutMs` is for a request of one message. */
  constructor(call: EngineCall, listener: EngineListener, requestTimeoutMs?: number) {
    this.#call = call;
    this.#listener = listener;
    if (requestTimeoutMs !== undefined) this.#requestTimer = setTimeout(giveUp, requestTimeoutMs, call);
  }

  onReceiveMetadata(metadata: Parameters<EngineListener["onReceiveMetadata"]>[0]): void {
    this.#listener?.onReceiveMetadata(metadata);
  }

  onReceiveMessage(message: unknown): void {
    this.#listener?.onReceiveMessage(message);
  }

  onReceiveHalfClose(): void {
    const { stream } = this.#call;
    clearTimeout(this.#requestTimer);
    // Node ends the readable side of a reset stream as if it were complete, and grpc-js passes that on.
    if (stream.rstCode === constants.NGHTTP2_NO_ERROR && !stream.aborted) this.#listener?.onReceiveHalfClose();
  }

  /** The call is over, in whatever way. */
  onCancel(): void {
    const { stream } = this.#call;
    clearTimeout(this.#requestTimer);
    this.#listener?.onCancel();
    // Node's HTTP/2 keeps a closed stream reachable from old memory: what hangs on it would outlive many a collection.
    this.#listener = undefined;
    stream.removeAllListeners("data");
    stream.removeAllListeners("end");
  }
}

/** Before its message no handler runs, so that nothing but the client's own deadline would end the call. */
function giveUp(call: EngineCall): void {
  call.sendStatus({ code: status.DEADLINE_EXCEEDED, details: "the request did not arrive in time" });
}
