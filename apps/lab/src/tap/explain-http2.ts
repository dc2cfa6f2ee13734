import { styleText } from "node:util";
import { errorCodeName, FLAG, settingName } from "@polywire/wire/http2";
import { drawHpackFields } from "./draw-fields.ts";
import type { HopEvent } from "./hop-event.ts";
import type { WireLine } from "./wire-line.ts";

type Http2 = (HopEvent & { layer: "http2" })["event"];
type FrameOf = (Http2 & { type: "frame" })["frame"];

const HEADER_BYTES = 9;

/** A frame with its header, its fields and what it does; stream states where they end a call early. */
export function explainHttp2(event: Http2): WireLine[] {
  switch (event.type) {
    case "frame":
      return [frameLine(event)];
    case "headers":
      return event.block === null ? [] : [{ details: drawHpackFields(event.block) }];
    case "stream":
      return [];
    case "error":
      return [{ details: [styleText("red", `${event.error.message} (${event.error.reference})`)] }];
  }
}

function frameLine({ from, frame, windows }: Http2 & { type: "frame" }): WireLine {
  if (frame.type === "PREFACE")
    return {
      from,
      title: "PREFACE",
      bytes: "24 B",
      details: [styleText("dim", "PRI * HTTP/2.0: this is HTTP/2, from the first byte on")],
    };
  const left = windows?.stream === null || windows === undefined ? [] : [windowLine(windows)];
  return {
    from,
    stream: frame.streamId,
    title: frame.type,
    flags: flagsOf(frame),
    bytes: `${HEADER_BYTES} + ${frame.length.toLocaleString("en-US")} B`,
    details: [...detailsOf(frame).map((text) => styleText("dim", text)), ...left],
  };
}

function windowLine({ of, stream, connection }: NonNullable<(Http2 & { type: "frame" })["windows"]>): string {
  const number = (value: number | null): string => value?.toLocaleString("en-US") ?? "?";
  return styleText(
    "dim",
    `the ${of}'s windows: ${number(stream)} B left on the stream, ${number(connection)} B in all`,
  );
}

function flagsOf({ type, flags }: FrameOf): string[] {
  if (type === "SETTINGS" || type === "PING") return (flags & FLAG.ACK) === 0 ? [] : ["ACK"];
  const names = ["END_STREAM", "END_HEADERS", "PADDED", "PRIORITY"] as const;
  const own: Readonly<Record<string, readonly string[]>> = {
    DATA: ["END_STREAM", "PADDED"],
    HEADERS: names,
    PUSH_PROMISE: ["END_HEADERS", "PADDED"],
    CONTINUATION: ["END_HEADERS"],
  };
  return names.filter((name) => own[type]?.includes(name) && (flags & FLAG[name]) !== 0);
}

function detailsOf(frame: FrameOf): string[] {
  switch (frame.type) {
    case "SETTINGS":
      return frame.settings.map(({ id, value }) => `${settingName(id)} ${value.toLocaleString("en-US")}`);
    case "WINDOW_UPDATE":
      return [`${frame.increment.toLocaleString("en-US")} more bytes may be sent`];
    case "RST_STREAM":
      return [`${errorCodeName(frame.errorCode)}: the stream is over`];
    case "GOAWAY":
      return [`${errorCodeName(frame.errorCode)}; no stream above ${frame.lastStreamId} was or will be processed`];
    case "PING":
      return [`opaque data ${frame.opaque.hex ?? ""}`];
    default:
      return [];
  }
}
