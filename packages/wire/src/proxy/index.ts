export { type CountingProxy, createCountingProxy, type TrafficCounts } from "./counting-proxy.ts";
export type {
  ChunkEvent,
  CloseEvent,
  CloseReason,
  Direction,
  Endpoint,
  HalfCloseEvent,
  Observe,
  OpenEvent,
  ProxyEvent,
} from "./events.ts";
export type { Interpose, Interposer, Link } from "./interposer.ts";
export type { TcpProxyOptions } from "./options.ts";
export { createTcpProxy, type TcpProxy } from "./tcp-proxy.ts";
export type { ProxyTlsOptions } from "./tls.ts";
