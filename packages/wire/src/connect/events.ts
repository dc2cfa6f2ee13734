import type { WireError } from "../core/wire-error.ts";
import type { ConnectFailure } from "./failure.ts";

/** One message of a stream. */
export interface ConnectMessageEvent {
  readonly type: "message";
  /** Counted from 0. */
  readonly index: number;
  /** Bytes of the body in front of its envelope. */
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

/** The envelope that ends a response. */
export interface ConnectEndStreamEvent {
  readonly type: "end-stream";
  readonly offset: number;
  readonly length: number;
  /** `undefined`: the call succeeded. */
  readonly failure: ConnectFailure | undefined;
  /** Trailing metadata. */
  readonly metadata: Readonly<Record<string, readonly string[]>>;
}

/** Bytes that break the format or exceed a limit. */
export interface ConnectWireErrorEvent {
  readonly type: "error";
  readonly error: WireError;
}

/** What one direction of a streaming call shows. */
export type ConnectStreamEvent = ConnectMessageEvent | ConnectEndStreamEvent | ConnectWireErrorEvent;
