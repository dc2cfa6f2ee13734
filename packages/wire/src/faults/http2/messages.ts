import { readUint32 } from "../../core/bytes.ts";
import { type DataFrame, FLAG, FRAME_HEADER_BYTES, FRAME_TYPE } from "../../http2/index.ts";
import type { Striker } from "../active-fault.ts";
import type { MessageFault } from "../fault.ts";
import { type Http2Desk, type Http2Rule, isMeant, senderOf } from "./rule.ts";

/** Bytes in front of each message: flags and a length. */
const ENVELOPE_BYTES = 5;
/** No protobuf begins with so many of them (a tag has five bytes at most), and no compressed message does. */
const UNREADABLE = 0xff;

/** Where one direction of a call is in its messages. */
interface Position {
  readonly envelope: Uint8Array;
  envelopeHave: number;
  /** Bytes of the message that are still to come. */
  left: number;
  index: number;
  isStruck: boolean;
}

/** Leaves out messages, or makes them unreadable. */
export function createMessageRule(striker: Striker<MessageFault>, desk: Http2Desk): Http2Rule {
  const { kind, direction = "down", index = 0 } = striker.fault;
  const { connection } = desk;
  const from = senderOf(direction);
  const positions = new Map<number, Position>();

  return {
    begin(call, isUnderWay) {
      const { contentType, streamId } = call;
      const isFramed = /^application\/(grpc|connect\+)/i.test(contentType);
      // Where the messages of a call under way begin is not known.
      if (isUnderWay || !isFramed || !isMeant(striker.fault, call)) return;
      for (const known of positions.keys()) if (!desk.calls.has(known)) positions.delete(known);
      positions.set(streamId, {
        envelope: new Uint8Array(ENVELOPE_BYTES),
        envelopeHave: 0,
        left: 0,
        index: 0,
        isStruck: false,
      });
    },
    take({ from: side, frame }) {
      const position = positions.get(frame?.streamId ?? 0);
      if (position === undefined || frame?.type !== "DATA" || side !== from) return false;
      const { data, changed } = edit(frame, position);
      if (changed === 0) return false;
      const { streamId: stream } = frame;
      if (data.length > 0 || frame.endStream) {
        const header = { typeCode: FRAME_TYPE.DATA, flags: frame.endStream ? FLAG.END_STREAM : 0, streamId: stream };
        desk.write(from, FRAME_HEADER_BYTES + data.length, (frames) => frames.raw(header, data));
      }
      desk.credit(from, frame.length - data.length, frame.endStream ? undefined : stream);
      striker.note({
        connection,
        direction,
        stream,
        what: kind === "drop-message" ? "dropped" : "changed",
        bytes: changed,
      });
      return true;
    },
  };

  /** What is left of a frame's data, and how many of its bytes were left out or changed. */
  function edit(frame: DataFrame, position: Position): { readonly data: Uint8Array; readonly changed: number } {
    const kept: Uint8Array[] = [];
    let changed = 0;
    for (let at = 0; at < frame.data.length; ) {
      const isEnvelope = position.left === 0;
      if (isEnvelope && position.envelopeHave === 0) {
        position.isStruck = position.index >= index && kind === "drop-message" && striker.strike(1);
      }
      const wanted = isEnvelope ? ENVELOPE_BYTES - position.envelopeHave : position.left;
      const part = frame.data.subarray(at, at + wanted);
      at += part.length;
      if (isEnvelope) readEnvelope(part, position);
      else position.left -= part.length;
      if (!isEnvelope && position.isStruck && kind === "corrupt-message") {
        kept.push(new Uint8Array(part.length).fill(UNREADABLE));
        changed += part.length;
      } else if (position.isStruck && kind === "drop-message") changed += part.length;
      else kept.push(part);
      if (position.left === 0 && position.envelopeHave === ENVELOPE_BYTES) {
        position.envelopeHave = 0;
        position.index++;
      }
    }
    return { data: Buffer.concat(kept), changed };
  }

  function readEnvelope(part: Uint8Array, position: Position): void {
    position.envelope.set(part, position.envelopeHave);
    position.envelopeHave += part.length;
    if (position.envelopeHave < ENVELOPE_BYTES) return;
    position.left = readUint32(position.envelope, 1);
    // An empty message has nothing that could be made unreadable: the next one will have.
    if (kind === "corrupt-message" && position.index >= index && position.left > 0)
      position.isStruck = striker.strike(1);
  }
}
