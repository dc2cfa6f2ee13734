import type { Fault } from "@polywire/wire/faults";
import type { Scene, Stage } from "./stage.ts";

/** One fault on one hop, and what a client of one wire is to see of it. */
export interface Case extends Scene {
  /** What is done, in a few words. */
  readonly does: string;
  /**
   * Does it, and says what happened, in words that are the same every time: no times, no counts that chance decides.
   * The fault is set where it calls `stage.strike()`, and never in the run without it.
   */
  act(stage: Stage): Promise<string>;
  /** What `act` is to say with the fault. */
  readonly expected: string;
  /** What it is to say without: a control that says the same would show nothing. */
  readonly control: string;
}

/** Everything that one kind of fault is shown by. */
export interface Scenario {
  readonly fault: Fault["kind"];
  /** What the fault does, in one sentence. */
  readonly title: string;
  readonly cases: readonly Case[];
}
