import { wholeNumber } from "../core/limits.ts";

/** How messages are framed: gRPC, gRPC-Web, or gRPC-Web in base64. */
export type GrpcFormat = "grpc" | "grpc-web" | "grpc-web-text";

/** Options of {@link createGrpcDecoder}. */
export interface GrpcDecoderOptions {
  /** From the content type, see {@link parseGrpcContentType}. Default `grpc`. */
  readonly format?: GrpcFormat;
  /** The value of `grpc-encoding`. Default `identity`. */
  readonly encoding?: string;
  /** Limit on one message, in bytes, as it is on the wire and again once decompressed. Default 4,194,304. */
  readonly maxMessageBytes?: number;
}

/** {@link GrpcDecoderOptions} with every default filled in. */
export type ResolvedGrpcDecoderOptions = Required<GrpcDecoderOptions>;

/**
 * Fills in the defaults.
 *
 * @throws RangeError when a value is out of its range.
 */
export function resolveGrpcDecoderOptions(options: GrpcDecoderOptions = {}): ResolvedGrpcDecoderOptions {
  const { format = "grpc", encoding = "identity", maxMessageBytes = 4_194_304 } = options;
  return {
    format,
    encoding,
    maxMessageBytes: wholeNumber("maxMessageBytes", maxMessageBytes, { min: 0, max: 2 ** 30 }),
  };
}

/** Options of {@link createGrpcCalls}. */
export interface GrpcCallsOptions {
  /** Calls followed at once; of those beyond, only the beginning is shown. Default 1,024. */
  readonly maxCalls?: number;
  /** As in {@link GrpcDecoderOptions}. */
  readonly maxMessageBytes?: number;
}

/**
 * Fills in the defaults.
 *
 * @throws RangeError when a value is out of its range.
 */
export function resolveGrpcCallsOptions(options: GrpcCallsOptions = {}): Required<GrpcCallsOptions> {
  const { maxMessageBytes } = resolveGrpcDecoderOptions(options);
  return { maxCalls: wholeNumber("maxCalls", options.maxCalls ?? 1024, { min: 1, max: 1_048_576 }), maxMessageBytes };
}
