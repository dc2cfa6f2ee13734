import fc from "fast-check";
import type { Side } from "../../src/postgres/index.ts";

/** A field of a message: a text with its NUL, a number of 16 or 32 bits, or bytes. */
export type Field = string | { readonly int16: number } | { readonly int32: number } | Uint8Array;

/** Writes a message; without a type, a startup packet. */
export function pgMessage(type: string, ...fields: readonly Field[]): Uint8Array {
  const body = Buffer.concat(fields.map(bytesOf));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length + 4);
  return new Uint8Array(Buffer.concat([Buffer.from(type, "latin1"), length, body]));
}

/** A packet that begins a session. */
export const STARTUP = pgMessage("", { int32: 196_608 }, "user", "orders", "database", "shop", Uint8Array.of(0));

/** A packet that cancels. */
export const cancelRequest = (processId: number, key: Uint8Array) =>
  pgMessage("", { int32: 80_877_102 }, { int32: processId }, key);

/** An ErrorResponse. */
export const failure = (sqlstate: string) =>
  pgMessage("E", "SERROR", "VERROR", `C${sqlstate}`, "Mno", "Dprivate detail", Uint8Array.of(0));

/** ReadyForQuery. */
export const ready = (status = "I") => pgMessage("Z", Uint8Array.of(status.charCodeAt(0)));

function bytesOf(field: Field): Uint8Array {
  if (field instanceof Uint8Array) return field;
  if (typeof field === "string") return Buffer.from(`${field}\0`);
  const bytes = Buffer.alloc("int16" in field ? 2 : 4);
  if ("int16" in field) bytes.writeUInt16BE(field.int16);
  else bytes.writeUInt32BE(field.int32);
  return bytes;
}

const name = fc.constantFrom("", "a", "b");
const sql = fc.constantFrom("select 1", "", "alter role x password 'y'", "insert into t values ($1)", "x".repeat(100));

const fromClient = fc.oneof(
  sql.map((text) => pgMessage("Q", text)),
  fc.tuple(name, sql).map(([statement, text]) => pgMessage("P", statement, text, { int16: 1 }, { int32: 23 })),
  fc
    .tuple(name, name)
    .map(([portal, statement]) =>
      pgMessage("B", portal, statement, { int16: 1 }, { int16: 0 }, { int16: 1 }, { int32: 2 }, Uint8Array.of(1, 2)),
    ),
  name.map((portal) => pgMessage("E", portal, { int32: 0 })),
  fc.tuple(fc.constantFrom("D", "C"), name).map(([type, target]) => pgMessage(type, Uint8Array.of(0x53), target)),
  fc.constantFrom("S", "S", "S", "H", "X", "c").map((type) => pgMessage(type)),
  fc.uint8Array({ maxLength: 80 }).map((data) => pgMessage("d", data)),
  fc.constantFrom(pgMessage("f", "enough"), pgMessage("p", "s3cret"), pgMessage("~", "?"), pgMessage("P", "a")),
);

const fromServer = fc.oneof(
  fc.constantFrom("1", "2", "3", "n", "s", "I", "c").map((type) => pgMessage(type)),
  fc.constantFrom("I", "T", "E", "?").map(ready),
  fc.constantFrom("42P01", "57014").map(failure),
  fc.constantFrom("SELECT 1", "COPY 2").map((tag) => pgMessage("C", tag)),
  fc.constant(pgMessage("T", { int16: 1 }, "id", new Uint8Array(18))),
  fc.uint8Array({ maxLength: 100 }).map((data) => pgMessage("D", { int16: 1 }, { int32: data.length }, data)),
  fc.constantFrom("G", "H").map((type) => pgMessage(type, new Uint8Array(3))),
  fc.constantFrom(pgMessage("S", "TimeZone", "UTC"), pgMessage("K", { int32: 7 }, { int32: 99 }), pgMessage("R")),
);

/** A connection's bytes in the order in which they pass, from the startup packet on. */
export const postgresConversation: fc.Arbitrary<{ from: Side; bytes: Uint8Array }[]> = fc
  .array(
    fc.oneof(
      fromClient.map((bytes) => ({ from: "client" as const, bytes })),
      fromServer.map((bytes) => ({ from: "server" as const, bytes })),
    ),
    { maxLength: 25 },
  )
  .map((list) => [
    { from: "client" as const, bytes: STARTUP.slice() },
    { from: "server" as const, bytes: ready() },
    ...list,
  ]);
