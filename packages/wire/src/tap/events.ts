import type { Side } from "../core/side.ts";
import type { Http1Event } from "../http1/index.ts";
import type { Http2Event } from "../http2/index.ts";
import type { NatsEvent } from "../nats/index.ts";
import type { PostgresEvent } from "../postgres/index.ts";
import type { CloseReason, Endpoint } from "../proxy/index.ts";
import type { WebSocketEvent } from "../websocket/index.ts";
import type { CallEvent } from "./call-events.ts";
import type { TapProtocol } from "./sniff.ts";

/** What happens to the connection itself. */
export type ConnectionEvent =
  | { readonly type: "open"; readonly client: Endpoint; readonly server: Endpoint }
  /** The first bytes, or the option, have told what is spoken. */
  | { readonly type: "protocol"; readonly protocol: TapProtocol }
  /** Bytes of a protocol that is not decoded. */
  | { readonly type: "bytes"; readonly from: Side; readonly bytes: Uint8Array }
  /** The side has sent its last byte (FIN). */
  | { readonly type: "half-close"; readonly from: Side }
  | { readonly type: "close"; readonly reason: CloseReason };

/** What one layer shows: the connection, the protocol on it, and the calls that it carries. */
export type LayerEvent =
  | { readonly layer: "tcp"; readonly event: ConnectionEvent }
  | { readonly layer: "http1"; readonly event: Http1Event }
  | { readonly layer: "http2"; readonly event: Http2Event }
  | { readonly layer: "websocket"; readonly event: WebSocketEvent }
  | { readonly layer: "nats"; readonly event: NatsEvent }
  | { readonly layer: "postgres"; readonly event: PostgresEvent }
  | { readonly layer: "call"; readonly event: CallEvent };

/**
 * One thing that a tap saw. A layer's events come behind those of the layer below that caused them: the frame, then the
 * header list that it completes, then the call that begins with it.
 */
export type TapEvent = LayerEvent & {
  /** Counts from 0 over the whole tap, without gaps. */
  readonly seq: number;
  /** Counts from 1 in the order of acceptance. */
  readonly connection: number;
  /** On the axis of `performance.now()`, in ms with a fraction; never falls. */
  readonly atMs: number;
};
