import { type DescribedTapEvent, describeTapEvent, type TapEvent } from "@polywire/wire/tap";

/** What a tap saw, for people and for JSON: which hop, and `atMs` on the clock of {@link machineMs}. */
export type HopEvent = DescribedTapEvent & { readonly hop: string };

/** Where `performance.now()` of this process stood at 0 on the machine's monotonic clock. */
const ORIGIN_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/**
 * A time of `performance.now()` on the clock that all processes of this machine share (monotonic, in milliseconds): times
 * that different processes took can be compared, whatever has been done to the clock on the wall.
 */
export function machineMs(atMs: number = performance.now()): number {
  return ORIGIN_MS + atMs;
}

/** Describes an event of a tap in this process. */
export function hopEvent(hop: string, event: TapEvent): HopEvent {
  return { ...describeTapEvent(event), hop, atMs: machineMs(event.atMs) };
}
