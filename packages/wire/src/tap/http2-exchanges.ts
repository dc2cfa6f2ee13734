import { headerValue } from "../core/header-list.ts";
import type { HeadersEvent, Http2Event } from "../http2/index.ts";
import type { ExchangePart } from "./exchange.ts";

/** What an event of HTTP/2 means for the exchange on its stream. */
export function http2Exchange(event: Http2Event): readonly ExchangePart[] {
  switch (event.type) {
    case "frame": {
      const { frame, from } = event;
      if (frame.type !== "DATA") return [];
      const id = frame.streamId;
      const body: ExchangePart = { type: "body", id, from, data: frame.data };
      return frame.endStream ? [body, { type: "end", id, from, complete: true }] : [body];
    }
    case "headers":
      return headers(event);
    case "stream": {
      const { because, from, streamId: id, errorCode = 0 } = event;
      return because === "reset" || because === "goaway" ? [{ type: "reset", id, from, errorCode }] : [];
    }
    case "error":
      return [];
  }
}

function headers({ from, kind, streamId: id, block, endStream }: HeadersEvent): ExchangePart[] {
  const fields = block?.fields ?? [];
  const parts: ExchangePart[] = [];
  if (kind === "request") {
    const method = headerValue(fields, ":method") ?? "";
    parts.push({ type: "request", id, method, path: headerValue(fields, ":path") ?? null, fields });
  } else if (kind === "response") {
    const status = headerValue(fields, ":status") ?? null;
    parts.push({ type: "response", id, status: status === null ? null : Number(status), fields });
  } else if (kind === "trailers") {
    parts.push({ type: "trailers", id, fields });
  }
  if (endStream) parts.push({ type: "end", id, from, complete: true });
  return parts;
}
