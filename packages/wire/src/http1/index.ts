export type { WireError } from "../core/wire-error.ts";
export { createHttp1Connection, type Http1Connection } from "./connection.ts";
export type {
  BodyEvent,
  BodyFraming,
  ChunkEvent,
  CloseEvent,
  EndEvent,
  ErrorEvent,
  Http1Event,
  Http1Field,
  RequestEvent,
  ResponseEvent,
  ResyncEvent,
  Side,
  SwitchEvent,
  TrailersEvent,
  TunnelEvent,
} from "./events.ts";
export type { Http1ConnectionOptions } from "./options.ts";
