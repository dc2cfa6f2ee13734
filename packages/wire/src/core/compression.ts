import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";

type Decompress = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;

/** Codings of messages by their name; gRPC's and Connect's "deflate" is the zlib format (RFC 1950). */
const DECOMPRESS: ReadonlyMap<string, Decompress> = new Map<string, Decompress>([
  ["gzip", gunzipSync],
  ["deflate", inflateSync],
  ["br", brotliDecompressSync],
]);

/** Why a message could not be decompressed. */
export type DecompressFault = "unknown_encoding" | "bad_compression" | "decompressed_too_large";

/** Decompresses one message, writing at most `maxBytes`, however much the input would expand to. */
export function decompress(encoding: string, bytes: Uint8Array, maxBytes: number): Uint8Array | DecompressFault {
  const run = DECOMPRESS.get(encoding);
  if (run === undefined) return "unknown_encoding";
  try {
    // A limit of zero would mean none.
    const result = run(bytes, { maxOutputLength: Math.max(maxBytes, 1) });
    return result.length > maxBytes ? "decompressed_too_large" : result;
  } catch (error) {
    const tooLarge = error instanceof RangeError && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
    return tooLarge ? "decompressed_too_large" : "bad_compression";
  }
}
