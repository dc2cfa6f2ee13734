import { styleText } from "node:util";
import { cutTo } from "../terminal/columns.ts";
import type { HopEvent } from "./hop-event.ts";
import { DETAIL_COLUMNS, type WireLine } from "./wire-line.ts";

type Nats = (HopEvent & { layer: "nats" })["event"];

/** Operations with their subjects and sizes; payloads are not shown. */
export function explainNats(event: Nats): WireLine[] {
  switch (event.type) {
    case "INFO": {
      const { server_name: name, version } = event.info ?? {};
      return [line(event, event.type, `${name ?? ""} ${version ?? ""}`.trim())];
    }
    case "PUB":
    case "HPUB":
    case "MSG":
    case "HMSG":
      return [
        {
          ...line(event, `${event.type} ${event.subject}`, event.replyTo === undefined ? "" : "asks for an answer"),
          bytes: `${event.wireBytes - event.payloadBytes} + ${event.payloadBytes.toLocaleString("en-US")} B`,
          details: headerLines(event.headers),
        },
      ];
    case "SUB":
      return [line(event, `SUB ${event.subject}`, event.queue === undefined ? "" : `shared by ${event.queue}`)];
    case "UNSUB":
      return [line(event, "UNSUB", `subscription ${event.sid}`)];
    case "CONNECT":
    case "PING":
    case "PONG":
    case "+OK":
      return [line(event, event.type)];
    case "-ERR":
      return [line(event, event.type, event.message)];
    case "encrypted":
      return [{ note: "TLS begins: nothing behind it can be read" }];
    case "error":
      return [{ details: [styleText("red", cutTo(event.error.message, DETAIL_COLUMNS))] }];
    case "resync":
      return [];
  }
}

type Operation = Extract<Nats, { readonly wireBytes: number }>;

function line({ from, wireBytes }: Operation, title: string, note = ""): WireLine {
  return { from, title, bytes: `${wireBytes.toLocaleString("en-US")} B`, ...(note !== "" && { note }) };
}

function headerLines(headers: (Nats & { readonly type: "HPUB" })["headers"]): string[] {
  if (headers === null || headers === undefined) return [];
  const status = headers.status === null ? [] : [`status ${headers.status} ${headers.description}`.trim()];
  const fields = headers.fields.map(({ name, value }) => `${name}: ${value}`);
  return [...status, ...fields].map((text) => styleText("dim", cutTo(text, DETAIL_COLUMNS)));
}
