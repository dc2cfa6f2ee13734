import type { DescMethod } from "@bufbuild/protobuf";
import { type DescMessage, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";

/** Stands for a message that could not be decoded: grpc-js would end the call itself if its decoder threw. */
export const MALFORMED: unique symbol = Symbol("malformed message");

/** The path of a method on the wire: `/polywire.orders.v1.OrderService/GetOrder`. */
export function methodPath(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

/** The bytes of a message. */
export function encode(schema: DescMessage, message: Message): Buffer {
  const bytes = toBinary(schema, message);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A decoder that throws on malformed bytes. */
export function decoder(schema: DescMessage): (bytes: Buffer) => Message {
  // A plain view: otherwise the message's bytes fields would be Buffers.
  return (bytes) => fromBinary(schema, new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

/** A decoder that answers {@link MALFORMED} instead of throwing. */
export function lenientDecoder(schema: DescMessage): (bytes: Buffer) => Message | typeof MALFORMED {
  const decode = decoder(schema);
  return (bytes) => {
    try {
      return decode(bytes);
    } catch {
      return MALFORMED;
    }
  };
}

/** For messages that are encoded already. */
export function asIs(bytes: Buffer): Buffer {
  return bytes;
}
