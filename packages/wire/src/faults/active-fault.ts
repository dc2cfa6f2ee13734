import type { Fault, FaultCounts, FaultEvent } from "./fault.ts";

/** A fault that is set. */
export interface ActiveFault<F extends Fault = Fault> {
  /** Counts from 1; never used twice by one set of faults. */
  readonly id: number;
  readonly fault: F;
  /** Whether it is still set: false after `remove`, and after `forMs`. */
  readonly active: boolean;
  /** What it has done so far: the proof that it bit. */
  readonly counts: FaultCounts;
  /** The latest of what it did, oldest first. */
  events(): readonly FaultEvent[];
  /** Resolves when it has struck so often (default once), at once when it has; rejects with the signal's reason. */
  untilStruck(times?: number, signal?: AbortSignal): Promise<void>;
  /** Lifts it: what it held goes on, in order. Calling it again does nothing. */
  remove(): void;
}

/** What a {@link Striker} is told. */
export interface StrikerOptions<F extends Fault> {
  readonly id: number;
  readonly fault: F;
  readonly random: () => number;
  readonly maxEvents: number;
  /** Takes the fault from all connections; called once. */
  lift(): void;
}

/** The side of a fault that those see who carry it out: they ask whether it strikes, and note what it did. */
export class Striker<F extends Fault = Fault> implements ActiveFault<F> {
  readonly id: number;
  readonly fault: F;
  /** A number from 0 to below 1. */
  readonly random: () => number;
  readonly #maxEvents: number;
  readonly #lift: () => void;
  readonly #events: FaultEvent[] = [];
  readonly #waiting = new Set<() => void>();
  #strikes = 0;
  #bytes = 0;
  #isActive = true;
  #lifting: NodeJS.Timeout | undefined;

  constructor({ id, fault, random, maxEvents, lift }: StrikerOptions<F>) {
    this.id = id;
    this.fault = fault;
    this.random = random;
    this.#maxEvents = maxEvents;
    this.#lift = lift;
  }

  get active(): boolean {
    return this.#isActive;
  }

  get counts(): FaultCounts {
    return { strikes: this.#strikes, bytes: this.#bytes };
  }

  events(): readonly FaultEvent[] {
    return [...this.#events];
  }

  untilStruck(times = 1, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const check = (): void => {
      if (this.#strikes >= times) resolve();
    };
    const giveUp = (): void => reject(signal?.reason);
    this.#waiting.add(check);
    signal?.addEventListener("abort", giveUp);
    if (signal?.aborted === true) giveUp();
    check();
    return promise.finally(() => {
      this.#waiting.delete(check);
      signal?.removeEventListener("abort", giveUp);
    });
  }

  remove(): void {
    if (!this.#isActive) return;
    this.#isActive = false;
    clearTimeout(this.#lifting);
    this.#lift();
  }

  /** Whether it strikes here, by `times` and by chance; if so, that is counted. */
  strike(timesByDefault = Number.POSITIVE_INFINITY): boolean {
    const { times = timesByDefault, probability = 1, forMs } = this.fault;
    if (!this.#isActive || this.#strikes >= times) return false;
    if (probability < 1 && this.random() >= probability) return false;
    this.#strikes++;
    if (forMs !== undefined) this.#lifting ??= setTimeout(() => this.remove(), forMs);
    for (const check of this.#waiting) check();
    return true;
  }

  /** Notes what was done; the end of something is no new work. */
  note(event: Omit<FaultEvent, "atMs">): void {
    if (event.what !== "released") this.#bytes += event.bytes;
    this.#events.push({ atMs: performance.now(), ...event });
    if (this.#events.length > this.#maxEvents) this.#events.shift();
  }
}
