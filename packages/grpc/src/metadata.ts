import type { OutgoingHttpHeaders } from "node:http2";
import { Metadata } from "@grpc/grpc-js";
import { WireHeaders } from "./wire-headers.ts";

const PRINTABLE = /^[ -~]*$/;

// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests: Header-Name
const LEGAL_NAME = /^[0-9a-z_.-]+$/;

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

/**
 * Metadata that writes binary values without padding, as https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 * asks for; grpc-js pads them.
 */
class UnpaddedMetadata extends Metadata {
  override clone(): Metadata {
    const copy = new UnpaddedMetadata(this.getOptions());
    copy.merge(this);
    return copy;
  }

  override toHttp2Headers(): OutgoingHttpHeaders {
    const headers = super.toHttp2Headers();
    for (const name of Object.keys(headers)) {
      if (!name.endsWith("-bin")) continue;
      const values = headers[name];
      headers[name] = Array.isArray(values) ? values.map(unpadded) : unpadded(String(values));
    }
    return headers;
  }
}

function unpadded(base64: string): string {
  return base64.replace(/=+$/, "");
}

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
 * ASCII (the wire allows nothing else); headers of the protocol and those with a name that gRPC does not allow are left
 * out. Never throws: an answer must go out.
 */
export function toMetadata(headers: Headers): Metadata {
  const metadata = new UnpaddedMetadata();
  for (const [name, value] of headers) {
    if (PROTOCOL_HEADERS.has(name) || !LEGAL_NAME.test(name)) continue;
    if (name.endsWith("-bin")) for (const each of value.split(",")) metadata.add(name, Buffer.from(each, "base64"));
    else metadata.add(name, PRINTABLE.test(value) ? value : value.replace(/[^ -~]+/g, encodeURIComponent));
  }
  return metadata;
}
