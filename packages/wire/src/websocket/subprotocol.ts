import type { DescMessage, Registry } from "@bufbuild/protobuf";
import { strictUtf8 } from "../core/bytes.ts";
import { defineWireErrors, type WireError } from "../core/wire-error.ts";
import { createProtobufView, type DecodedMessage, type ProtobufOptions, toReadable } from "../protobuf/index.ts";
import type { MessageEvent, Side } from "./events.ts";

/** A message of a subprotocol whose frames are protobuf messages, in JSON or in binary. */
export interface SubprotocolMessage {
  readonly codec: "json" | "proto";
  /** The type that the sending side uses. */
  readonly typeName: string;
  /** The field of its `oneof` that is set, which says what it is; `null`: none, or it could not be read. */
  readonly kind: string | null;
  /** As a plain object: JSON as it was sent, or {@link toReadable} of the binary form; `null`: it could not be read. */
  readonly readable: Readonly<Record<string, unknown>> | null;
  /** The fields on the wire, for the binary form. */
  readonly decoded: DecodedMessage | null;
  readonly error: WireError | null;
}

/** Options of {@link createSubprotocolView}. */
export interface SubprotocolViewOptions extends ProtobufOptions {
  /** The schemas, from `createRegistry` or `createFileRegistry` of @bufbuild/protobuf. */
  readonly registry: Registry;
  /** As the handshake chose it; its end says the encoding: `….json` or `….proto`. */
  readonly subprotocol: string;
  /** Fully qualified type names of what each side sends. */
  readonly types: Readonly<Record<Side, string>>;
}

/** Reads the messages of one subprotocol. */
export interface SubprotocolView {
  /** `undefined`: the content is not known, see {@link MessageEvent}. Never throws for bad bytes. */
  decode(message: MessageEvent): SubprotocolMessage | undefined;
}

const subprotocolError = defineWireErrors("subprotocol", {
  wrong_kind: ["docs/PROTOCOL.md", "JSON travels in text messages, the binary form in binary ones; this is the other."],
  bad_json: ["docs/PROTOCOL.md", "The message is not a JSON object."],
  unknown_field: ["protobuf.dev/programming-guides/json", "The JSON has a name that its type does not."],
});

/**
 * Creates a view; `undefined` when the subprotocol's name says no encoding, or the registry lacks one of the types.
 *
 * @throws RangeError when an option is out of its range.
 */
export function createSubprotocolView(options: SubprotocolViewOptions): SubprotocolView | undefined {
  const { registry, subprotocol, types, ...limits } = options;
  const codec = subprotocol.endsWith(".json") ? "json" : subprotocol.endsWith(".proto") ? "proto" : undefined;
  const view = createProtobufView({ registry, ...limits });
  const client = registry.getMessage(types.client);
  const server = registry.getMessage(types.server);
  if (codec === undefined || client === undefined || server === undefined) return undefined;
  const descs = { client, server };
  return {
    decode({ from, kind, data, offset }) {
      const desc = descs[from];
      if (data === null || kind === null) return undefined;
      const known = { codec, typeName: desc.typeName } as const;
      if ((kind === "text") !== (codec === "json")) {
        return { ...known, ...NOTHING, error: subprotocolError("wrong_kind", offset) };
      }
      if (codec === "json") return { ...known, ...readJson(desc, data, offset) };
      const decoded = view.decode(desc.typeName, data) ?? null;
      const names = decoded?.fields.map(({ name }) => name) ?? [];
      const readable = decoded && toReadable(decoded);
      return { ...known, kind: oneofIn(desc, names), readable, decoded, error: decoded?.error ?? null };
    },
  };
}

const NOTHING = { kind: null, readable: null, decoded: null };

function readJson(desc: DescMessage, data: Uint8Array, offset: number) {
  const readable = parseObject(strictUtf8(data) ?? "");
  if (readable === undefined) return { ...NOTHING, error: subprotocolError("bad_json", offset) };
  const names = Object.keys(readable).map((key) => fieldOf(desc, key)?.name ?? null);
  const error = names.includes(null) ? subprotocolError("unknown_field", offset) : null;
  return { kind: oneofIn(desc, names), readable, decoded: null, error };
}

/** Both the name in the schema and the one of its JSON form are read (ProtoJSON). */
function fieldOf(desc: DescMessage, key: string) {
  return desc.fields.find(({ name, jsonName }) => name === key || jsonName === key);
}

/** The last one counts, as for every reader of protobuf. */
function oneofIn(desc: DescMessage, names: readonly (string | null)[]): string | null {
  const choices = new Set(desc.oneofs.flatMap(({ fields }) => fields.map(({ name }) => name)));
  return names.findLast((name) => name !== null && choices.has(name)) ?? null;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null && !Array.isArray(json)
      ? (json as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
