import type { ReadyCheck } from "../process/readiness.ts";

/** One process of a system, as data. */
export interface ProcessSpec {
  /** What runs: `realtime`. Several processes may share a name if their instances differ. */
  readonly name: string;
  /** Which of several; shown as `realtime-2`. Default: the only one. */
  readonly instance?: string;
  /** Module to run with the Node that runs the supervisor. Either this or `command`. */
  readonly entry?: string;
  /** Program to run: an absolute path, or a name looked up on the PATH in `environment`. */
  readonly command?: string;
  readonly args?: readonly string[];
  /** The whole environment of the process: nothing is inherited. Default: empty. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Default: the current folder. */
  readonly workingFolder?: string;
  /** When it counts as ready: a URL that answers 2xx, or a function. */
  readonly ready: { readonly url: string } | { readonly check: ReadyCheck };
  /** Names (all their instances) that must be ready before this one is started, and are stopped after it. */
  readonly after?: readonly string[];
}

/** How the process is named in logs, messages and tables: `orders`, `realtime-2`. */
export function labelOf(spec: Pick<ProcessSpec, "name" | "instance">): string {
  return spec.instance === undefined ? spec.name : `${spec.name}-${spec.instance}`;
}

/**
 * Checks a list of processes. Throws when two have the same label, when one has neither or both of `entry` and
 * `command`, when `after` names nobody in the list, or when processes wait for each other in a circle.
 */
export function checkSpecs(specs: readonly ProcessSpec[]): void {
  const labels = new Set<string>();
  const names = new Set(specs.map((spec) => spec.name));
  for (const spec of specs) {
    const label = labelOf(spec);
    if (labels.has(label)) throw new Error(`two processes are called ${label}: give them different instances`);
    labels.add(label);
    if ((spec.entry === undefined) === (spec.command === undefined)) {
      throw new Error(`${label} needs either an entry or a command`);
    }
    const unknown = spec.after?.find((name) => !names.has(name));
    if (unknown !== undefined) throw new Error(`${label} is to start after ${unknown}, which is not in the list`);
  }
  checkNoCircle(specs);
}

function checkNoCircle(specs: readonly ProcessSpec[]): void {
  let waiting = [...specs];
  while (waiting.length > 0) {
    const names = new Set(waiting.map((spec) => spec.name));
    const blocked = waiting.filter((spec) => spec.after?.some((name) => names.has(name)));
    if (blocked.length === waiting.length) {
      throw new Error(`these processes wait for each other: ${blocked.map(labelOf).join(", ")}`);
    }
    waiting = blocked;
  }
}
