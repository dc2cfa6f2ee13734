import { readBody } from "@polywire/http";
import { rpcError } from "@polywire/rpc";
import { requireCall } from "@polywire/rpc/node";
import type { Request } from "express";

/** How many bytes a JSON body may have: the largest valid order has less than a tenth. */
const MAX_BODY_BYTES = 262_144;

/** Reads the JSON body of a request, undecoded. Throws UNSUPPORTED_MEDIA_TYPE for other formats and compressed bodies. */
export async function readJson(request: Request): Promise<Uint8Array> {
  if (!JSON_TYPE.test(request.get("content-type") ?? "")) {
    throw rpcError("UNSUPPORTED_MEDIA_TYPE", "send the body as `content-type: application/json`");
  }
  return readUncompressed(request);
}

/** As `readJson`, for a body that may be left out: an empty one, of any type, is `{}`. */
export async function readOptionalJson(request: Request): Promise<Uint8Array> {
  if (request.get("content-type") !== undefined) {
    const body = await readJson(request);
    return body.byteLength === 0 ? EMPTY : body;
  }
  const body = await readUncompressed(request);
  if (body.byteLength > 0) {
    throw rpcError("UNSUPPORTED_MEDIA_TYPE", "send the body as `content-type: application/json`");
  }
  return EMPTY;
}

// RFC 8259 §8.1: JSON between systems is UTF-8.
const JSON_TYPE = /^application\/json *(; *charset="?utf-8"? *)?$/i;
const EMPTY = Buffer.from("{}");

function readUncompressed(request: Request): Promise<Uint8Array> {
  const encoding = request.get("content-encoding") ?? "identity";
  if (encoding.toLowerCase() !== "identity") {
    throw rpcError("UNSUPPORTED_MEDIA_TYPE", "send the body without content-encoding");
  }
  return readBody(request, { maxBytes: MAX_BODY_BYTES, signal: requireCall().signal });
}
