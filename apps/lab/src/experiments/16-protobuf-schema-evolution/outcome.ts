import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";

/** What became of a message, the worst last. */
export const OUTCOMES = ["same", "default", "lost", "corrupted", "error"] as const;

/**
 * - `same`: the reader has what the writer wrote.
 * - `default`: the reader has a field that the writer does not have, and sees it unset.
 * - `lost`: something that both have did not arrive.
 * - `corrupted`: the reader sees a value that nobody wrote there.
 * - `error`: the reader refuses the message.
 */
export type Outcome = (typeof OUTCOMES)[number];

/** A message by field names, as ProtoJSON with numbers for enums. */
export type Fields = Readonly<Record<string, unknown>>;

/** What one side has: its schema and what it sees. */
export interface Side {
  readonly schema: DescMessage;
  readonly fields: Fields;
}

/** Compares, field by field of the reader, what was read to what was written with the same meaning. */
export function judge(written: Side, read: Side, { renamed = false }: { readonly renamed?: boolean }): Outcome {
  return worst(
    read.schema.fields.map((field): Outcome => {
      const source = written.schema.fields.find(
        ({ name, number }) => name === field.name || (renamed && number === field.number),
      );
      const seen = atoms(read.fields[field.name], field);
      if (source === undefined) return seen.length === 0 ? "default" : "corrupted";
      const expected = atoms(written.fields[source.name], source);
      if (seen.join("\n") === expected.join("\n")) return "same";
      return seen.length < expected.length && seen.every((atom) => expected.includes(atom)) ? "lost" : "corrupted";
    }),
  );
}

/** The worst of several. */
export function worst(outcomes: readonly Outcome[]): Outcome {
  return OUTCOMES.findLast((outcome) => outcomes.includes(outcome)) ?? "same";
}

/** The values of a field in words that do not depend on its type: none when it has its default. */
function atoms(value: unknown, field: DescField): string[] {
  if (value === undefined || value === null) return [];
  if (field.fieldKind === "list") return (value as unknown[]).map((item) => atom(item, field));
  const single = atom(value, field);
  return single === "0" || single === "" ? [] : [single];
}

function atom(value: unknown, field: DescField): string {
  if (field.message !== undefined) {
    const inner = field.message.fields.map((part) => [part.name, atoms((value as Fields)[part.name], part)]);
    return JSON.stringify(inner);
  }
  if (typeof value === "boolean") return value ? "1" : "0";
  // Bytes as characters of one byte each: a text of ASCII is the same text.
  return field.scalar === ScalarType.BYTES ? Buffer.from(String(value), "base64").toString("latin1") : String(value);
}
