import type { WireError } from "../core/wire-error.ts";
import type { GrpcStatus } from "./status.ts";

/** One message of a stream. */
export interface GrpcMessageEvent {
  readonly type: "message";
  /** Counted from 0 in this direction of the call. */
  readonly index: number;
  /** Bytes in front of it in this direction, of the decoded text for base64. */
  readonly offset: number;
  /** Bytes of the payload on the wire, without the five in front of it. */
  readonly length: number;
  readonly compressed: boolean;
  /**
   * The message, decompressed: a view of the pushed bytes or a copy, made when it is first read. `null`: the error behind
   * this event says why, or the memory of the pushed bytes was given to something else since.
   */
  readonly payload: Uint8Array | null;
}

/** The trailers of gRPC-Web, which travel in the body. */
export interface GrpcWebTrailersEvent {
  readonly type: "trailers";
  readonly offset: number;
  readonly length: number;
  readonly fields: readonly { readonly name: string; readonly value: string }[];
  readonly status: GrpcStatus | undefined;
}

/** Bytes that break the format or exceed a limit. */
export interface GrpcErrorEvent {
  readonly type: "error";
  readonly error: WireError;
}

/** What one direction of a call shows. */
export type GrpcEvent = GrpcMessageEvent | GrpcWebTrailersEvent | GrpcErrorEvent;
