import type { ActiveFault, Fault, FaultCounts } from "@polywire/wire/faults";
import type { HopTap } from "../tap/open-taps.ts";

/** A fault that is set on a hop of the running system, on each of its taps. */
export interface SetFault {
  /** By which it is lifted. */
  readonly id: number;
  readonly hop: string;
  readonly fault: Fault;
  readonly counts: FaultCounts;
}

/** Sets and lifts faults on the hops of a run. */
export interface FaultDesk {
  /** Throws RangeError when there is no such hop, or the fault can't be set. */
  set(hop: string, fault: Fault): SetFault;
  /** Those that are set; one that lifted itself is not. */
  list(): readonly SetFault[];
  /** Lifts one, or all, and tells what they did. */
  lift(id?: number): readonly SetFault[];
}

/** Creates the desk of these taps. */
export function createFaultDesk(taps: () => readonly HopTap[]): FaultDesk {
  const set = new Map<number, { readonly hop: string; readonly active: readonly ActiveFault[] }>();
  let lastId = 0;
  const show = (id: number): SetFault[] => {
    const entry = set.get(id);
    const [first] = entry?.active ?? [];
    if (entry === undefined || first === undefined) return [];
    const strikes = entry.active.reduce((sum, { counts }) => sum + counts.strikes, 0);
    const bytes = entry.active.reduce((sum, { counts }) => sum + counts.bytes, 0);
    return [{ id, hop: entry.hop, fault: first.fault, counts: { strikes, bytes } }];
  };
  const forget = (): void => {
    for (const [id, { active }] of set) if (active.every((one) => !one.active)) set.delete(id);
  };
  return {
    set(hop, fault) {
      forget();
      const meant = taps().filter((one) => one.hop === hop);
      const faults = meant.flatMap((one) => one.faults ?? []);
      if (faults.length === 0) {
        const hops = [...new Set(taps().map((one) => one.hop))];
        throw new RangeError(`${hop} is not tapped in this run: it taps ${hops.join(", ")}`);
      }
      const id = ++lastId;
      set.set(id, { hop, active: faults.map((one) => one.add(fault)) });
      return show(id)[0] as SetFault;
    },
    list() {
      forget();
      return [...set.keys()].flatMap(show);
    },
    lift(id) {
      forget();
      if (id !== undefined && !set.has(id)) throw new RangeError(`no fault ${id} is set`);
      const ids = id === undefined ? [...set.keys()] : [id];
      for (const one of ids) for (const active of set.get(one)?.active ?? []) active.remove();
      const lifted = ids.flatMap(show);
      forget();
      return lifted;
    },
  };
}
