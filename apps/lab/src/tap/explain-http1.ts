import { styleText } from "node:util";
import { cutTo } from "../terminal/columns.ts";
import { drawField } from "./draw-fields.ts";
import type { HopEvent } from "./hop-event.ts";
import { DETAIL_COLUMNS, type WireLine } from "./wire-line.ts";

type Http1 = (HopEvent & { layer: "http1" })["event"];

/** Heads with every field as it was sent; bodies by their size, because their messages follow. */
export function explainHttp1(event: Http1): WireLine[] {
  switch (event.type) {
    case "request":
      return [head(event, `${event.method} ${event.target}`)];
    case "response":
      return [head(event, `HTTP/${event.version} ${event.status} ${event.reason}`)];
    case "chunk":
      return [{ from: event.from, title: event.size === 0 ? "last chunk" : "chunk", bytes: `${event.size} B` }];
    case "body":
      return [{ from: event.from, title: "body", bytes: `${event.data.bytes.toLocaleString("en-US")} B` }];
    case "trailers":
      return [{ from: event.from, title: "trailers", details: event.fields.map((field) => fieldLine(field)) }];
    case "switch":
      return [{ note: `the connection speaks ${event.protocol ?? "another protocol"} from here on` }];
    case "tunnel":
      return [{ from: event.from, title: "bytes", bytes: `${event.data.bytes} B` }];
    case "close":
      return event.open.length === 0 ? [] : [{ note: `${event.open.length} requests are left without an answer` }];
    case "error":
      return [{ details: [styleText("red", cutTo(event.error.message, DETAIL_COLUMNS))] }];
    case "end":
    case "resync":
      return [];
  }
}

function head(event: Http1 & { readonly type: "request" | "response" }, title: string): WireLine {
  const { from, headBytes, fields } = event;
  return {
    from,
    title,
    bytes: `${headBytes.toLocaleString("en-US")} B`,
    details: fields.map((field) => fieldLine(field)),
  };
}

function fieldLine({ rawName, value }: { readonly rawName: string; readonly value: string }): string {
  // `name: value` and a line end; a redacted value is not as long as the one that was sent.
  const sent = /\[redacted, (\d+) characters\]$/.exec(value);
  const valueBytes = sent === null ? value.length : value.length - sent[0].length + Number(sent[1]);
  return drawField(rawName, value, { bytes: `${rawName.length + valueBytes + 4} B` });
}
