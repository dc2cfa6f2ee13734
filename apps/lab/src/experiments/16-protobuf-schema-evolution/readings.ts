import { fromJson, type JsonValue, toBinary, toJson } from "@bufbuild/protobuf";
import type { ValidityCheck } from "../framework/experiment.ts";
import type { Random } from "../framework/random.ts";
import { share } from "../framework/words.ts";
import type { Image } from "./buf.ts";
import { EDITS, type Edit, type Version } from "./edits.ts";
import { judge, type Outcome } from "./outcome.ts";
import { type Encoded, fieldsOf, type Read, type Reader, type ReaderName } from "./readers.ts";
import { orderOf, type Schemas } from "./schemas.ts";

/** `forward`: written before the edit and read after it; `backward`: the other way round. */
export const DIRECTIONS = ["forward", "backward"] as const;

/** One of them. */
export type Direction = (typeof DIRECTIONS)[number];

/** What one reader made of one message. */
export interface Reading {
  readonly edit: Edit;
  readonly direction: Direction;
  readonly reader: ReaderName;
  /** The value fits both schemas. */
  readonly fits: boolean;
  readonly outcome: Outcome;
  /** As ProtoJSON, for people. */
  readonly written: string;
  readonly read: string;
}

/** One message and what became of it, in words. */
export function tellReading({ outcome, written, read }: Pick<Reading, "outcome" | "written" | "read">): string {
  return outcome === "error" ? `${written} is refused: ${read}` : `${written} is read as ${read}`;
}

/** What the matrix is filled with. */
export interface ReadingsOptions {
  readonly schemas: Schemas;
  readonly readers: Readonly<Record<ReaderName, Reader>>;
  /** For each edit and direction. */
  readonly messages: number;
  readonly random: Random;
  readonly progress: (message: string) => Promise<void>;
}

interface Written extends Encoded {
  readonly fits: boolean;
  readonly fields: ReturnType<typeof fieldsOf>;
}

/** Every edit in both directions with every reader, and whether the readers can be believed. */
export async function readEverything(options: ReadingsOptions): Promise<{ readings: Reading[]; check: ValidityCheck }> {
  const { schemas, readers, progress } = options;
  const readings: Reading[] = [];
  const own: Reading[] = [];
  for (const direction of DIRECTIONS) {
    const [from, to] = direction === "forward" ? [schemas.before, schemas.after] : [schemas.after, schemas.before];
    const batches = EDITS.map((edit) => {
      const version = direction === "forward" ? edit.before : edit.after;
      return { edit, messages: drawMessages(version, orderOf(edit, from), options) };
    });
    for (const [name, reader] of Object.entries(readers) as [ReaderName, Reader][]) {
      await progress(`${direction}, read by ${name}`);
      const way = { direction, name, reader, from };
      readings.push(...(await readBatches(batches, { ...way, to })));
      own.push(...(await readBatches(batches, { ...way, to: from })));
    }
  }
  const right = own.filter(({ outcome }) => outcome === "same").length;
  const check = {
    name: "every reader reads what its own version wrote",
    ok: right === own.length && own.length > 0,
    because: `${share(right, own.length)} are the same`,
  };
  return { readings, check };
}

interface Way {
  readonly direction: Direction;
  readonly name: ReaderName;
  readonly reader: Reader;
  /** What wrote, and what is to read. */
  readonly from: Image;
  readonly to: Image;
}

async function readBatches(
  batches: readonly { readonly edit: Edit; readonly messages: readonly Written[] }[],
  { direction, name, reader, from, to }: Way,
): Promise<Reading[]> {
  const reads = await reader(batches, to);
  return batches.flatMap(({ edit, messages }, index) =>
    messages.map((message, at): Reading => {
      const read: Read = reads[index]?.[at] ?? new Error("the reader gave nothing");
      const written = { schema: orderOf(edit, from), fields: message.fields };
      const refused = read instanceof Error;
      return {
        ...{ edit, direction, reader: name, fits: message.fits },
        outcome: refused ? "error" : judge(written, { schema: orderOf(edit, to), fields: read }, edit),
        written: show(message.fields),
        read: refused ? read.message : show(read),
      };
    }),
  );
}

/** JSON on one line, with spaces where it may be broken. */
function show(fields: object): string {
  return JSON.stringify(fields, null, 1).replaceAll(/\n */g, " ");
}

/** Messages as protobuf-es writes them. Where there are values beyond the reader's schema, every second has one. */
function drawMessages(
  version: Version | null,
  schema: ReturnType<typeof orderOf>,
  { messages, random }: ReadingsOptions,
): Written[] {
  return Array.from({ length: messages }, (_, index) => {
    const draws = version?.draws;
    const beyond = index % 2 === 1 ? draws?.beyond : undefined;
    const value = (beyond ?? draws?.fits)?.(random);
    const name = schema.fields.find((field) => field.name !== "id" && field.name !== "revision")?.name;
    const json: Record<string, JsonValue> = {
      id: `o${random.whole(1, 99)}`,
      revision: random.whole(1, 99),
    };
    if (name !== undefined && value !== undefined) json[name] = value;
    const message = fromJson(schema, json);
    const binary = toBinary(schema, message);
    return { binary, json: toJson(schema, message), fits: beyond === undefined, fields: fieldsOf(schema, binary) };
  });
}
