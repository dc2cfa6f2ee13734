import type { Registry } from "@bufbuild/protobuf";
import { wholeNumber } from "../core/limits.ts";
import { resolveGrpcDecoderOptions } from "../grpc/options.ts";
import type { TcpProxyOptions } from "../proxy/index.ts";
import type { MessageTypes } from "./calls.ts";
import type { TapEvent } from "./events.ts";
import type { TapProtocol } from "./sniff.ts";

/** How traffic is decoded. */
export interface DecodeOptions {
  /** What is spoken. Default `auto`: told by the first bytes of each connection. */
  readonly protocol?: TapProtocol | "auto";
  /** Gives messages their types and fields their names. Default: none, messages are bytes. */
  readonly registry?: Registry;
  /** The types of what each side of a WebSocket sends, by its subprotocol. Default: unknown. */
  readonly websocketTypes?: (subprotocol: string) => MessageTypes | undefined;
  /** Calls followed at once on one connection. Default 1,024. */
  readonly maxCalls?: number;
  /** Limit on one message, on the wire and decompressed. Default 4,194,304. */
  readonly maxMessageBytes?: number;
}

/** Options of {@link createTap}; where it listens and what it passes on to as in `createTcpProxy`. */
export interface TapOptions extends Omit<TcpProxyOptions, "observe" | "upstream">, DecodeOptions {
  /** Where connections go. */
  readonly upstream: { readonly host: string; readonly port: number };
  /** Events that are kept; the oldest are forgotten, with the bytes that they show. Default 20,000. */
  readonly maxEvents?: number;
  /** Bytes of traffic that are kept with the events. Default 33,554,432. */
  readonly maxBytes?: number;
  /** The first subscriber; see `Tap.subscribe`. Must not throw. */
  readonly onEvent?: (event: TapEvent) => void;
}

/** {@link DecodeOptions} with every default filled in, less what has none. */
export interface ResolvedDecodeOptions {
  readonly protocol: TapProtocol | "auto";
  readonly maxCalls: number;
  readonly maxMessageBytes: number;
}

/**
 * Fills in the defaults.
 *
 * @throws RangeError when a value is out of its range.
 */
export function resolveDecodeOptions(options: DecodeOptions): ResolvedDecodeOptions {
  const { protocol = "auto", maxCalls = 1024 } = options;
  return {
    protocol,
    maxCalls: wholeNumber("maxCalls", maxCalls, { min: 1, max: 1_048_576 }),
    maxMessageBytes: resolveGrpcDecoderOptions(options).maxMessageBytes,
  };
}

/** What a tap keeps. */
export interface RingLimits {
  readonly maxEvents: number;
  readonly maxBytes: number;
}

/**
 * Fills in the defaults.
 *
 * @throws RangeError when a value is out of its range.
 */
export function resolveRingLimits({ maxEvents = 20_000, maxBytes = 33_554_432 }: Partial<RingLimits>): RingLimits {
  return {
    maxEvents: wholeNumber("maxEvents", maxEvents, { min: 1, max: 10_000_000 }),
    maxBytes: wholeNumber("maxBytes", maxBytes, { min: 1, max: 2 ** 32 }),
  };
}
