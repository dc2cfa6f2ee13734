import type { DescMethod } from "@bufbuild/protobuf";
import { type DescMessage, fromBinary, type Message, type MessageShape, toBinary } from "@bufbuild/protobuf";

/** The path of a method on the wire: `/polywire.orders.v1.OrderService/GetOrder`. */
export function methodPath(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

/** The bytes of a message. */
export function encode(schema: DescMessage, message: Message): Buffer {
  const bytes = toBinary(schema, message);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The message of these bytes. Throws on malformed ones. */
export function decode<Desc extends DescMessage>(schema: Desc, bytes: Buffer): MessageShape<Desc> {
  // A plain view: otherwise the message's bytes fields would be Buffers.
  return fromBinary(schema, new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

/** For messages that are encoded already, or decoded elsewhere. */
export function asIs(bytes: Buffer): Buffer {
  return bytes;
}
