import type { Http1Event } from "../http1/index.ts";
import type { ExchangePart } from "./exchange.ts";

/** What an event of HTTP/1.1 means for the exchange that it belongs to. */
export function http1Exchange(event: Http1Event): readonly ExchangePart[] {
  if (event.type === "close") {
    return event.open.map((id) => ({ type: "reset", id, from: event.from, errorCode: null }));
  }
  if (!("exchange" in event) || event.exchange === null) return [];
  const id = event.exchange;
  switch (event.type) {
    case "request":
      return [{ type: "request", id, method: event.method, path: event.target, fields: event.fields }];
    case "response":
      return event.informational ? [] : [{ type: "response", id, status: event.status, fields: event.fields }];
    case "body":
      return [{ type: "body", id, from: event.from, data: event.data }];
    case "trailers":
      return event.from === "server" ? [{ type: "trailers", id, fields: event.fields }] : [];
    case "end":
      return [{ type: "end", id, from: event.from, complete: event.complete }];
    case "chunk":
    case "error":
    case "switch":
      return [];
  }
}
