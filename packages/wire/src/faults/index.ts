export type { ActiveFault } from "./active-fault.ts";
export type {
  BandwidthFault,
  CutFault,
  Fault,
  FaultCounts,
  FaultEvent,
  FaultKind,
  FreezeFault,
  HalfOpenFault,
  LatencyFault,
  SliceFault,
  StallStreamFault,
  WithholdFault,
} from "./fault.ts";
export { createFaultProxy, type FaultProxy } from "./fault-proxy.ts";
export { createFaults, type Faults } from "./faults.ts";
export type { FaultProxyOptions, FaultsOptions } from "./options.ts";
