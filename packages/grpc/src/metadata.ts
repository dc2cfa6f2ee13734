import { Metadata } from "@grpc/grpc-js";

/** Set by the protocol itself; an application cannot send them. */
const PROTOCOL_HEADERS = new Set([
  "content-type",
  "te",
  "user-agent",
  "grpc-timeout",
  "grpc-encoding",
  "grpc-accept-encoding",
  "grpc-status",
  "grpc-message",
]);

/** Headers of the received metadata; binary values (`-bin`) in base64, as on the wire. */
export function toHeaders(metadata: Metadata | undefined): Headers {
  const headers = new Headers();
  if (!metadata) return headers;
  const wire = metadata.toHttp2Headers();
  for (const name in wire) {
    const value = wire[name];
    if (Array.isArray(value)) for (const each of value) headers.append(name, each);
    else if (value !== undefined) headers.set(name, String(value));
  }
  return headers;
}

/**
 * Metadata to send. Binary values (`-bin`) are taken as base64, text is percent-encoded where it is not printable
 * ASCII (the wire allows nothing else), headers of the protocol are left out.
 */
export function toMetadata(headers: Headers): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of headers) {
    if (PROTOCOL_HEADERS.has(name)) continue;
    if (name.endsWith("-bin")) for (const each of value.split(",")) metadata.add(name, Buffer.from(each, "base64"));
    else metadata.add(name, value.replace(/[^ -~]+/g, encodeURIComponent));
  }
  return metadata;
}
