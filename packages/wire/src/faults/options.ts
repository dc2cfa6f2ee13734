import { wholeNumber } from "../core/limits.ts";
import type { TcpProxyOptions } from "../proxy/index.ts";
import type { Fault } from "./fault.ts";

/** Options of {@link createFaults}. */
export interface FaultsOptions {
  /** Gives numbers from 0 to below 1, for jitter and probabilities. Default `Math.random`. */
  readonly random?: () => number;
  /** Bytes held back per direction of a connection; at this many the sender is no longer read. Default 1,048,576. */
  readonly maxHeldBytes?: number;
  /** Faults set at once. Default 64. */
  readonly maxFaults?: number;
  /** Latest events kept for each fault; counts go on. Default 256. */
  readonly maxEvents?: number;
}

/** Options of {@link createFaultProxy}. */
export interface FaultProxyOptions extends FaultsOptions, Omit<TcpProxyOptions, "interpose"> {}

/** {@link FaultsOptions} with every default filled in. */
export type ResolvedFaultsOptions = Required<FaultsOptions>;

/**
 * Fills in the defaults.
 *
 * @throws RangeError when a value is out of its range.
 */
export function resolveFaultsOptions(options: FaultsOptions = {}): ResolvedFaultsOptions {
  const { random = Math.random, maxHeldBytes = 1_048_576, maxFaults = 64, maxEvents = 256 } = options;
  return {
    random,
    maxHeldBytes: wholeNumber("maxHeldBytes", maxHeldBytes, { min: 65_536, max: 2 ** 30 }),
    maxFaults: wholeNumber("maxFaults", maxFaults, { min: 1, max: 1024 }),
    maxEvents: wholeNumber("maxEvents", maxEvents, { min: 0, max: 65_536 }),
  };
}

const MS = { min: 0, max: 86_400_000 };
const BYTES = { min: 0, max: Number.MAX_SAFE_INTEGER };

/** The range of each numeric field, whatever the kind that has it. */
const RANGES: Readonly<Record<string, { readonly min: number; readonly max: number }>> = {
  connection: { min: 1, max: Number.MAX_SAFE_INTEGER },
  times: { min: 1, max: Number.MAX_SAFE_INTEGER },
  forMs: { min: 1, max: MS.max },
  ms: MS,
  jitterMs: MS,
  gapMs: MS,
  afterMs: MS,
  bytesPerSecond: { min: 1, max: 2 ** 40 },
  afterBytes: BYTES,
  from: BYTES,
  stream: { min: 1, max: 2 ** 31 - 1 },
  index: { min: 0, max: 2 ** 32 },
  bytes: { min: 1, max: 2 ** 30 },
};

/**
 * Checks a fault.
 *
 * @throws RangeError naming the field that is out of its range.
 */
export function checkFault(fault: Fault): void {
  for (const [name, value] of Object.entries(fault)) {
    const range = RANGES[name];
    if (range !== undefined && value !== undefined) wholeNumber(name, value, range);
  }
  const { probability = 1 } = fault;
  if (!(probability >= 0 && probability <= 1)) {
    throw new RangeError(`probability must be from 0 to 1, got ${probability}`);
  }
}
