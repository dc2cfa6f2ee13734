import type { Metadata } from "@grpc/grpc-js";
import { UnpaddedMetadata } from "./unpadded-metadata.ts";
import { WireHeaders } from "./wire-headers.ts";

/** The headers of what has been received; none for undefined. */
export function toHeaders(metadata: Metadata | undefined): Headers {
  return new WireHeaders(metadata);
}

/** Metadata to send; see {@link WireHeaders} for what becomes of values and names that gRPC does not allow. */
export function toMetadata(headers: Headers): Metadata {
  return sendable(headers) ?? new UnpaddedMetadata();
}

/** The same, or undefined when there is nothing to send. */
export function sendable(headers: Headers): Metadata | undefined {
  if (headers instanceof WireHeaders) return headers.metadata;
  const copy = new WireHeaders();
  for (const [name, value] of headers) copy.append(name, value);
  return copy.metadata;
}
