import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { EventSchema, ServerFrameSchema } from "@polywire/contract/polywire/realtime/v1/frames";
import { formatCursor } from "../../protocol/cursor.ts";
import type { FanoutEvent } from "./fanout-event.ts";
import { wsFrame } from "./ws-frame.ts";

/** Writes events as the bytes that go to a socket of one kind. */
export interface EventEncoder {
  /** Names the encoding; equal names mean equal bytes. */
  readonly name: "ws-json" | "ws-proto" | "sse";
  /** Writes one event of a channel. */
  encode(channel: string, event: FanoutEvent): Buffer;
  /** About how many bytes that takes; cheap. */
  size(event: FanoutEvent): number;
}

const endOfFrame = Buffer.from("}}");
const endOfEvent = Buffer.from("\n\n");
const frameOverheadBytes = 64;

/** A text message with the ServerFrame as JSON. */
export const wsJsonEncoder: EventEncoder = {
  name: "ws-json",
  encode: (channel, event) => wsFrame(jsonFrame(channel, event), false),
  size: (event) => event.json().length + frameOverheadBytes,
};

/** A binary message with the ServerFrame as protobuf, put together around the event's own bytes. */
export const wsProtoEncoder: EventEncoder = {
  name: "ws-proto",
  encode(channel, event) {
    const writer = new BinaryWriter();
    writer.tag(ServerFrameSchema.field.event.number, WireType.LengthDelimited).fork();
    writer.tag(EventSchema.field.channel.number, WireType.LengthDelimited).string(channel);
    writer.tag(EventSchema.field.orderEvent.number, WireType.LengthDelimited).bytes(event.proto());
    return wsFrame([writer.join().finish()], true);
  },
  size: (event) => event.proto().length + frameOverheadBytes,
};

/** A server-sent event with the ServerFrame as JSON, and its position as the id. */
export const sseEncoder: EventEncoder = {
  name: "sse",
  encode: (channel, event) =>
    Buffer.concat([
      Buffer.from(`id: ${formatCursor(event.cursor)}\nevent: event\ndata: `),
      ...jsonFrame(channel, event),
      endOfEvent,
    ]),
  size: (event) => event.json().length + frameOverheadBytes,
};

/** The ServerFrame as JSON, put together around the event's own JSON. It holds no line breaks: ProtoJSON escapes them. */
function jsonFrame(channel: string, event: FanoutEvent): Buffer[] {
  return [Buffer.from(`{"event":{"channel":${JSON.stringify(channel)},"orderEvent":`), event.json(), endOfFrame];
}
