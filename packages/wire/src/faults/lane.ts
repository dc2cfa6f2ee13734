import type { Striker } from "./active-fault.ts";
import type { Brake } from "./brake.ts";

/** What a lane is told. */
export interface LaneOptions {
  readonly maxHeldBytes: number;
  /** Ms, never falling. */
  readonly now: () => number;
  /** Lets bytes go on; false: wait for `drained`. */
  write(bytes: Uint8Array): boolean;
  /** Passes the end on. */
  end(): void;
  /** Asks to be woken by `pump` in so many ms; a later call replaces the earlier. `undefined`: not any more. */
  wake(ms: number | undefined): void;
}

interface Waiting {
  bytes: Uint8Array;
  readonly arrivedAt: number;
}

/** One direction of a connection with the brakes that faults put on it: what is read goes on in order, in time. */
export class Lane {
  readonly #options: LaneOptions;
  readonly #brakes = new Map<Striker, Brake>();
  readonly #queue: Waiting[] = [];
  #heldBytes = 0;
  #passedBytes = 0;
  #isWritable = true;
  /** The end has come and waits behind the queue. */
  #ending = false;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Bytes that have gone on. */
  get passedBytes(): number {
    return this.#passedBytes;
  }

  /** Bytes that wait. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Whether the sender may be read. */
  get isOpen(): boolean {
    return this.#isWritable && this.#heldBytes < this.#options.maxHeldBytes && !this.#isStopped;
  }

  push(bytes: Uint8Array): void {
    if (this.#brakes.size === 0 && this.#queue.length === 0) {
      this.#write(bytes);
      return;
    }
    const now = this.#options.now();
    const offset = this.#passedBytes + this.#heldBytes;
    for (const brake of this.#brakes.values()) brake.arrived(bytes.length, offset, now);
    this.#queue.push({ bytes, arrivedAt: now });
    this.#heldBytes += bytes.length;
    this.pump();
  }

  end(): void {
    this.#ending = true;
    this.pump();
  }

  drained(): void {
    this.#isWritable = true;
    this.pump();
  }

  add(brake: Brake): void {
    this.#brakes.set(brake.striker, brake);
    this.pump();
  }

  remove(striker: Striker): void {
    const brake = this.#brakes.get(striker);
    if (brake === undefined) return;
    this.#brakes.delete(striker);
    brake.lift(this.#heldBytes);
    this.pump();
  }

  /** Lets go on what may. */
  pump(): void {
    this.#options.wake(undefined);
    while (this.#isWritable) {
      const [first] = this.#queue;
      if (first === undefined) break;
      const piece = { offset: this.#passedBytes, bytes: first.bytes.length, arrivedAt: first.arrivedAt };
      const now = this.#options.now();
      let at = now;
      for (const brake of this.#brakes.values()) at = Math.max(at, brake.admit(piece, now));
      if (at > now) {
        if (at !== Number.POSITIVE_INFINITY) this.#options.wake(at - now);
        return;
      }
      for (const brake of this.#brakes.values()) brake.passed(piece, now);
      this.#take(first, piece.bytes);
    }
    if (this.#queue.length > 0 || !this.#ending || this.#isStopped) return;
    this.#ending = false;
    this.#options.end();
  }

  get #isStopped(): boolean {
    for (const { stopsReading } of this.#brakes.values()) if (stopsReading) return true;
    return false;
  }

  #take(first: Waiting, count: number): void {
    const bytes = first.bytes.subarray(0, count);
    this.#heldBytes -= count;
    if (count === first.bytes.length) this.#queue.shift();
    else first.bytes = first.bytes.subarray(count);
    this.#write(bytes);
  }

  #write(bytes: Uint8Array): void {
    this.#passedBytes += bytes.length;
    this.#isWritable = this.#options.write(bytes);
  }
}
