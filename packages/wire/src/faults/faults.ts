import type { Interpose } from "../proxy/index.ts";
import { type ActiveFault, Striker } from "./active-fault.ts";
import { FaultyConnection } from "./connection.ts";
import type { Fault } from "./fault.ts";
import { checkFault, type FaultsOptions, resolveFaultsOptions } from "./options.ts";

/** Faults that can be set and lifted while connections are open. */
export interface Faults {
  /**
   * Sets a fault: on the connections that are open, and on those to come.
   *
   * @throws RangeError when a field is out of its range, or `maxFaults` are set.
   */
  add<F extends Fault>(fault: F): ActiveFault<F>;
  /** Those that are set, oldest first. */
  list(): readonly ActiveFault[];
  /** Lifts all of them. */
  clear(): void;
  /** What a proxy or a tap is given so that the faults work on its connections. */
  readonly interpose: Interpose;
}

/**
 * Creates a set of faults, for the `interpose` of one `createTcpProxy` or `createTap`.
 *
 * @throws RangeError when an option is out of its range.
 */
export function createFaults(options?: FaultsOptions): Faults {
  const { random, maxHeldBytes, maxFaults, maxEvents } = resolveFaultsOptions(options);
  const strikers = new Set<Striker>();
  const connections = new Set<FaultyConnection>();
  let last = 0;
  return {
    add<F extends Fault>(fault: F) {
      checkFault(fault);
      if (strikers.size >= maxFaults) throw new RangeError(`no more than maxFaults (${maxFaults}) can be set at once`);
      const lift = (): void => {
        strikers.delete(striker);
        for (const connection of connections) connection.remove(striker);
      };
      const striker: Striker<F> = new Striker({ id: ++last, fault, random, maxEvents, lift });
      strikers.add(striker);
      for (const connection of connections) connection.add(striker);
      return striker;
    },
    list: () => [...strikers],
    clear() {
      for (const striker of strikers) striker.remove();
    },
    interpose(link) {
      const connection = new FaultyConnection(link, {
        maxHeldBytes,
        onClose: () => connections.delete(connection),
      });
      connections.add(connection);
      for (const striker of strikers) connection.add(striker);
      return connection;
    },
  };
}
