export type { ActiveFault } from "./active-fault.ts";
export type {
  BandwidthFault,
  BufferSseFault,
  CutFault,
  CutReplyFault,
  Fault,
  FaultCounts,
  FaultEvent,
  FaultKind,
  FreezeFault,
  GoawayFault,
  HalfOpenFault,
  Http2ErrorName,
  LatencyFault,
  MessageFault,
  RstStreamFault,
  SliceFault,
  StallStreamFault,
  SwallowPongsFault,
  WithholdFault,
  WithholdWindowUpdateFault,
} from "./fault.ts";
export { createFaultProxy, type FaultProxy } from "./fault-proxy.ts";
export { createFaults, type Faults } from "./faults.ts";
export type { FaultProxyOptions, FaultsOptions } from "./options.ts";
export { FAULT_KINDS, readFault } from "./read-fault.ts";
