import { type DescMessage, fromBinary, fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { type Buf, type Image, Refusal } from "./buf.ts";
import { EDITS, type Edit } from "./edits.ts";
import type { Fields } from "./outcome.ts";
import { CELLS, orderOf, packageOf } from "./schemas.ts";

/** A message on its way: both encodings of it. */
export interface Encoded {
  readonly binary: Uint8Array;
  readonly json: JsonValue;
}

/** The messages of an edit, to be read with the module that did not write them. */
export interface Batch {
  readonly edit: Edit;
  readonly messages: readonly Encoded[];
}

/** What a reader sees, or why it refuses. */
export type Read = Fields | Error;

/** Reads the messages of every batch with one module. */
export type Reader = (batches: readonly Batch[], image: Image) => Promise<readonly (readonly Read[])[]>;

/** Who reads bytes. */
export const BYTE_READERS = ["es", "go"] as const;

/** Who reads, by name. */
export const READERS = [...BYTE_READERS, "json", "lenient"] as const;

/** One of them. */
export type ReaderName = (typeof READERS)[number];

/** What people call them. */
export const READER_TITLES: Readonly<Record<ReaderName, string>> = {
  es: "protobuf-es",
  go: "protobuf-go",
  json: "ProtoJSON",
  lenient: "ProtoJSON, unknown ignored",
};

/** The readers: two runtimes for bytes, and protobuf-es for ProtoJSON as it is and told to ignore what it does not know. */
export function createReaders(buf: Buf): Readonly<Record<ReaderName, Reader>> {
  return {
    es: readEach((schema, { binary }) => fieldsOf(schema, binary)),
    go: async (batches, image) => (await readWithGo(buf, batches, image)).map(([, reads]) => reads),
    json: readEach((schema, { json }) => jsonOf(schema, fromJson(schema, json))),
    lenient: readEach((schema, { json }) => jsonOf(schema, fromJson(schema, json, { ignoreUnknownFields: true }))),
  };
}

/** What protobuf-es sees in bytes. */
export function fieldsOf(schema: DescMessage, binary: Uint8Array): Fields {
  return jsonOf(schema, fromBinary(schema, binary));
}

function jsonOf(schema: DescMessage, message: ReturnType<typeof fromBinary>): Fields {
  return toJson(schema, message, { enumAsInteger: true, useProtoFieldName: true }) as Fields;
}

function readEach(read: (schema: DescMessage, message: Encoded) => Fields): Reader {
  return async (batches, image) =>
    batches.map(({ edit, messages }) => {
      const schema = orderOf(edit, image);
      return messages.map((message) => {
        try {
          return read(schema, message);
        } catch (error) {
          return error instanceof Error ? error : new Error(String(error));
        }
      });
    });
}

/**
 * Reads all batches in one process. One message that is refused is enough for the whole: halves are tried then, down to
 * a single message.
 */
async function readWithGo(buf: Buf, batches: readonly Batch[], image: Image): Promise<[Batch, readonly Read[]][]> {
  try {
    const cells = (await buf.read(image, CELLS, cellsOf(batches))) as Readonly<Record<string, Fields[]>>;
    return batches.map((batch) => [batch, cells[packageOf(batch.edit.name)] ?? []]);
  } catch (error) {
    const [first] = batches;
    if (!(error instanceof Refusal) || first === undefined) throw error;
    if (batches.length > 1) {
      const half = batches.length >> 1;
      const left = await readWithGo(buf, batches.slice(0, half), image);
      return [...left, ...(await readWithGo(buf, batches.slice(half), image))];
    }
    const { edit, messages } = first;
    if (messages.length === 1) return [[first, [error]]];
    const half = messages.length >> 1;
    const halves = [messages.slice(0, half), messages.slice(half)].map((part) => ({ edit, messages: part }));
    const parts: Read[] = [];
    for (const part of halves) for (const [, reads] of await readWithGo(buf, [part], image)) parts.push(...reads);
    return [[first, parts]];
  }
}

function cellsOf(batches: readonly Batch[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const { edit, messages } of batches) {
    const number = EDITS.indexOf(edit) + 1;
    for (const { binary } of messages) writer.tag(number, WireType.LengthDelimited).bytes(binary);
  }
  return writer.finish();
}
