import type { ProxyEvent } from "../proxy/index.ts";

/** How long bytes may wait to be looked at, in ms: an answer that comes within that time does not wait for a look. */
const WAIT_MS = 1;
/** So many bytes are looked at without waiting: others are at work on so many meanwhile. */
const MAX_WAITING_BYTES = 16_384;

/**
 * What has gone on and was not looked at yet. Looking at the bytes of a request takes about as long as the way there, and
 * a collection of garbage that it sets off longer than the whole call: both can wait until the answer has passed.
 */
export class Backlog {
  readonly #look: (told: ProxyEvent) => void;
  #waiting: ProxyEvent[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #looking = false;
  #failure: { readonly error: unknown } | undefined;

  /** @param look may throw: it is called no more then, and `push` throws the same from then on */
  constructor(look: (told: ProxyEvent) => void) {
    this.#look = look;
  }

  /** Has it looked at in its turn; what its bytes need must hold until then. */
  push(told: ProxyEvent): void {
    if (this.#failure === undefined) this.#take(told);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Waits no longer. Inside of `look` it does nothing: the one at work goes on with the rest. */
  lookAtAll(): void {
    if (this.#looking) return;
    this.#looking = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      for (const told of this.#waiting) this.#look(told);
    } catch (error) {
      this.#failure = { error };
    }
    this.#waiting = [];
    this.#bytes = 0;
    this.#looking = false;
  }

  #take(told: ProxyEvent): void {
    this.#waiting.push(told);
    if (told.kind === "chunk") this.#bytes += told.bytes.length;
    if (told.kind !== "chunk" || this.#bytes >= MAX_WAITING_BYTES) this.lookAtAll();
    else this.#timer ??= setTimeout(() => this.lookAtAll(), WAIT_MS);
  }
}
