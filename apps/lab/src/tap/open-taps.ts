import { createFaults, type Faults } from "@polywire/wire/faults";
import { createTap, type Tap, type TapOptions } from "@polywire/wire/tap";
import type { Address } from "../system/front-door.ts";
import { splitAddress } from "../wires/split-address.ts";
import type { Hop } from "./hops.ts";
import { CONTRACT, websocketTypes } from "./registry.ts";

/** A tap in the running system. */
export interface HopTap {
  readonly hop: Hop;
  readonly tap: Tap;
  /** The faults that can be set on it; null: none in this run. */
  readonly faults: Faults | null;
  /** What stands behind it. */
  readonly upstream: Address;
}

/** The taps of one run. */
export interface Taps extends AsyncDisposable {
  readonly opened: readonly HopTap[];
  /** The address to give to the caller's side of a hop: a tap's when the hop is tapped, else the one that is given. */
  readonly via: (hop: Hop, address: Address, options?: ViaOptions) => Promise<Address>;
}

/** How a hop is led through a tap. */
export interface ViaOptions {
  /** Port to listen on. Default: a free one. */
  readonly port?: number;
}

/** A tap in front of an address, which knows our contracts: one that an experiment or a command holds itself. */
export function tapAddress(
  upstream: Address,
  options: Pick<TapOptions, "interpose" | "maxEvents" | "port"> = {},
): Promise<Tap> {
  return createTap({ ...options, upstream: splitAddress(upstream), registry: CONTRACT, websocketTypes });
}

/** The taps on one hop. Throws when there is none. */
export function tapsOn(hop: Hop, { opened }: Pick<Taps, "opened">): readonly [Tap, ...Tap[]] {
  const [first, ...others] = opened.flatMap((one) => (one.hop === hop ? [one.tap] : []));
  if (first === undefined) throw new Error(`the hop ${hop} is not tapped in this run`);
  return [first, ...others];
}

/** The faults of the taps on one hop. Throws when it is not tapped, or not so that faults can be set. */
export function faultsOn(hop: Hop, taps: Pick<Taps, "opened">): readonly Faults[] {
  tapsOn(hop, taps);
  const faults = taps.opened.flatMap((one) => (one.hop === hop && one.faults !== null ? [one.faults] : []));
  if (faults.length === 0) throw new Error(`no fault can be set on the hop ${hop} in this run`);
  return faults;
}

/** What {@link openTaps} is told. */
export interface OpenTapsOptions {
  /** Whether faults can be set on the hops. Default false: it costs, because their connections are then followed. */
  readonly faults?: boolean;
}

/** Prepares taps for these hops; each begins to listen when its address is asked for. */
export function openTaps(hops: readonly Hop[], { faults: withFaults = false }: OpenTapsOptions = {}): Taps {
  const opened: HopTap[] = [];
  return {
    opened,
    async via(hop, address, options = {}) {
      if (!hops.includes(hop)) return address;
      const faults = withFaults ? createFaults() : null;
      const tap = await tapAddress(address, { ...options, ...(faults !== null && { interpose: faults.interpose }) });
      opened.push({ hop, tap, faults, upstream: address });
      return `${tap.address.host}:${tap.address.port}`;
    },
    async [Symbol.asyncDispose]() {
      for (const { faults } of opened) faults?.clear();
      await Promise.all(opened.map(({ tap }) => tap.close()));
    },
  };
}
