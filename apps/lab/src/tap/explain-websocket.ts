import { styleText } from "node:util";
import { cutTo } from "../terminal/columns.ts";
import type { HopEvent } from "./hop-event.ts";
import { DETAIL_COLUMNS, type WireLine } from "./wire-line.ts";

type WebSocketSeen = (HopEvent & { layer: "websocket" })["event"];

/** Frames with their headers; their messages follow as messages of the call. */
export function explainWebSocket(event: WebSocketSeen): WireLine[] {
  switch (event.type) {
    case "frame": {
      const { name, fin, masked, rsv, headerBytes, length } = event.frame;
      const flags = [...(fin ? ["FIN"] : []), ...(rsv === 4 ? ["RSV1"] : []), ...(masked ? ["MASK"] : [])];
      return [
        {
          from: event.from,
          title: `${name} frame`,
          flags,
          bytes: `${headerBytes} + ${length.toLocaleString("en-US")} B`,
        },
      ];
    }
    case "close":
      return [
        {
          details: [
            styleText("dim", `close code ${event.code ?? 1005}${event.reason === "" ? "" : `: ${event.reason}`}`),
          ],
        },
      ];
    case "error":
      return [{ details: [styleText("red", cutTo(event.error.message, DETAIL_COLUMNS))] }];
    case "message":
    case "resync":
    case "end":
      return [];
  }
}
