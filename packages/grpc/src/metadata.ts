import { Metadata } from "@grpc/grpc-js";
import { WireHeaders } from "./wire-headers.ts";

const PRINTABLE = /^[ -~]*$/;

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

/** The header of what has been received; none for undefined. */
export function toHeaders(metadata: Metadata | undefined): Headers {
  return new WireHeaders(metadata);
}

/** Whether there is nothing to send, found out without listing anything. */
export function isEmpty(headers: Headers): boolean {
  return headers instanceof WireHeaders ? headers.isEmpty : headers.keys().next().done === true;
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
    else metadata.add(name, PRINTABLE.test(value) ? value : value.replace(/[^ -~]+/g, encodeURIComponent));
  }
  return metadata;
}
