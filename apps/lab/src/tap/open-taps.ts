import { createTap, type Tap } from "@polywire/wire/tap";
import type { Address } from "../system/front-door.ts";
import { splitAddress } from "../wires/split-address.ts";
import type { Hop } from "./hops.ts";
import { CONTRACT, websocketTypes } from "./registry.ts";

/** A tap in the running system. */
export interface HopTap {
  readonly hop: Hop;
  readonly tap: Tap;
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

/** Prepares taps for these hops; each begins to listen when its address is asked for. */
export function openTaps(hops: readonly Hop[]): Taps {
  const opened: HopTap[] = [];
  return {
    opened,
    async via(hop, address, { port = 0 } = {}) {
      if (!hops.includes(hop)) return address;
      const tap = await createTap({ upstream: splitAddress(address), port, registry: CONTRACT, websocketTypes });
      opened.push({ hop, tap, upstream: address });
      return `${tap.address.host}:${tap.address.port}`;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map(({ tap }) => tap.close()));
    },
  };
}
