import type { OutgoingHttpHeaders } from "node:http2";
import { Metadata } from "@grpc/grpc-js";

/**
 * Metadata that writes binary values without padding, as https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 * asks for; grpc-js pads them.
 */
export class UnpaddedMetadata extends Metadata {
  override clone(): Metadata {
    const copy = new UnpaddedMetadata(this.getOptions());
    copy.merge(this);
    return copy;
  }

  override toHttp2Headers(): OutgoingHttpHeaders {
    const headers = super.toHttp2Headers();
    for (const name in headers) {
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
