import type { TapRecord } from "../tap/index.ts";

/** What one tap saw, as one interface of a capture. */
export interface PcapngInterface {
  /** As Wireshark shows it, for example the hop `gateway>orders`. */
  readonly name: string;
  /** Oldest first, as `Tap.records` gives them. */
  readonly records: readonly TapRecord[];
}

/** Options of {@link writePcapng}. */
export interface PcapngOptions {
  /**
   * Epoch milliseconds at which the clock of the records stood at 0. Default `performance.timeOrigin`: right for records
   * of this process.
   */
  readonly timeOriginMs?: number;
  /** Who wrote the file, as Wireshark shows it. Default `polywire`. */
  readonly application?: string;
}

/** {@link PcapngOptions} with every default filled in. */
export type ResolvedPcapngOptions = Required<PcapngOptions>;

/** Fills in the defaults. */
export function resolvePcapngOptions(options: PcapngOptions = {}): ResolvedPcapngOptions {
  const { timeOriginMs = performance.timeOrigin, application = "polywire" } = options;
  return { timeOriginMs, application };
}
