import { create, type DescFile, fromBinary, fromJsonString, toBinary, toJson, toJsonString } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { type Order, OrderSchema } from "@polywire/contract/polywire/orders/v1/order";
import protobufjs from "protobufjs";
import "protobufjs/ext/descriptor.js";

/** Ways to write an order as bytes and to read it again; `ProtoJSON` is the JSON that protobuf-es writes and reads. */
export type Codec = "JSON" | "protobuf-es" | "protobufjs" | "ProtoJSON";

/** An order in the hands of a codec, as the object that the codec itself works with. */
export interface Coded {
  readonly bytes: Uint8Array;
  encode(): Uint8Array;
  decode(): unknown;
}

/** Gives an order to each codec. */
export function codeOrder(order: Order): Readonly<Record<Codec, Coded>> {
  return {
    JSON: withJson(order),
    "protobuf-es": withProtobufEs(order),
    protobufjs: withProtobufjs(order),
    ProtoJSON: withProtoJson(order),
  };
}

function withJson(order: Order): Coded {
  const object = toJson(OrderSchema, order);
  const encode = (): Uint8Array => Buffer.from(JSON.stringify(object));
  const bytes = Buffer.from(encode());
  return { bytes, encode, decode: () => JSON.parse(bytes.toString()) };
}

function withProtobufEs(order: Order): Coded {
  const encode = (): Uint8Array => toBinary(OrderSchema, order);
  const bytes = encode();
  return { bytes, encode, decode: () => fromBinary(OrderSchema, bytes) };
}

function withProtobufjs(order: Order): Coded {
  const type = orderType();
  const object = type.decode(toBinary(OrderSchema, order));
  const encode = (): Uint8Array => type.encode(object).finish();
  const bytes = encode();
  return { bytes, encode, decode: () => type.decode(bytes) };
}

function withProtoJson(order: Order): Coded {
  const encode = (): Uint8Array => Buffer.from(toJsonString(OrderSchema, order));
  const bytes = Buffer.from(encode());
  return { bytes, encode, decode: () => fromJsonString(OrderSchema, bytes.toString()) };
}

let loaded: protobufjs.Type | undefined;

/** The order's type for protobufjs, out of the descriptors that protobuf-es has. */
function orderType(): protobufjs.Type {
  if (loaded !== undefined) return loaded;
  const file = [...filesBehind(OrderSchema.file)].map(({ proto }) => proto);
  const set = toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file }));
  const { fromDescriptor } = protobufjs.Root as unknown as { fromDescriptor(set: Uint8Array): protobufjs.Root };
  loaded = fromDescriptor(set).lookupType(OrderSchema.typeName);
  return loaded;
}

/** A file and all that it imports, imports first. */
function filesBehind(file: DescFile, seen = new Set<DescFile>()): Set<DescFile> {
  for (const imported of file.dependencies) filesBehind(imported, seen);
  return seen.add(file);
}
