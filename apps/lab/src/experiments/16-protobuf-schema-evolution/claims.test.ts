import { afterAll, beforeAll, expect, test } from "vitest";
import { judge } from "../framework/judge.ts";
import { createRandom } from "../framework/random.ts";
import { type Buf, createBuf } from "./buf.ts";
import { editOf } from "./edits.ts";
import { addingClaim, enumClaim, reuseClaim, typeClaim } from "./matrix-claims.ts";
import type { Outcome } from "./outcome.ts";
import { presenceClaim } from "./presence-claim.ts";
import { createReaders } from "./readers.ts";
import { type Reading, readEverything } from "./readings.ts";
import { reservedClaim } from "./reserved-claim.ts";
import { buildSchemas, orderOf, type Schemas } from "./schemas.ts";

let buf: Buf;
let schemas: Schemas;
let readings: readonly Reading[];

const options = () => ({ schemas, messages: 4, random: createRandom(9), progress: async () => undefined });

beforeAll(async () => {
  buf = await createBuf(AbortSignal.timeout(60_000));
  schemas = await buildSchemas(buf);
  const { readings: all, check } = await readEverything({ ...options(), readers: createReaders(buf) });
  expect(check).toMatchObject({ ok: true });
  readings = all;
}, 60_000);

afterAll(() => buf[Symbol.asyncDispose]());

/** The readings with another outcome for some of them. */
function but(outcome: Outcome, chosen: (reading: Reading) => boolean): Reading[] {
  return readings.map((reading) => (chosen(reading) ? { ...reading, outcome } : reading));
}

test("addingClaim + depends on the encoding, holds without refusals, is invalid when a number in use does no harm", () => {
  expect(judge(addingClaim(readings))).toEqual({ outcome: "depends", sides: ["holds", "holds", "refuted", "holds"] });
  const isAdded = ({ edit }: Reading) => edit.kind === "add";
  expect(judge(addingClaim(but("same", isAdded))).outcome).toBe("holds");
  expect(judge(addingClaim(but("lost", isAdded))).outcome).toBe("refuted");
  expect(judge(addingClaim(but("default", ({ edit }) => edit.kind === "reuse"))).outcome).toBe("invalid");
});

test("reuseClaim + depends on wire type and runtime, and is invalid when nothing decodes to garbage", () => {
  expect(judge(reuseClaim(readings))).toEqual({ outcome: "depends", sides: ["holds", "refuted", "refuted"] });
  expect(judge(reuseClaim(but("corrupted", ({ edit }) => edit.kind === "reuse"))).outcome).toBe("holds");
  expect(judge(reuseClaim(but("error", ({ edit }) => edit.kind === "reuse"))).outcome).toBe("invalid");
});

test("typeClaim + depends: safe for values that both types hold in the same encoding, and nowhere else", () => {
  const sides = ["refuted", "holds", "refuted", "holds", "holds", "refuted", "holds", "refuted", "holds", "refuted"];
  expect(judge(typeClaim(readings))).toEqual({ outcome: "depends", sides: [...sides, "holds"] });
  const isChanged = ({ edit }: Reading) => edit.kind === "type" || edit.kind === "cardinality";
  expect(judge(typeClaim(but("corrupted", isChanged))).outcome).toBe("holds");
  expect(judge(typeClaim(but("same", isChanged))).outcome).toBe("invalid");
  expect(() => typeClaim(readings.filter(({ fits }) => fits))).toThrow("no message was read for: int32 with int64");
});

test("enumClaim + depends on the encoding, and for closed enums on the runtime", () => {
  expect(judge(enumClaim(readings))).toEqual({ outcome: "depends", sides: ["holds", "refuted", "holds", "refuted"] });
  const isRead = ({ edit, reader }: Reading) => edit.kind === "enum" && reader !== "lenient";
  expect(judge(enumClaim(but("same", isRead))).outcome).toBe("holds");
  expect(judge(enumClaim(but("same", ({ edit }) => edit.kind === "enum"))).outcome).toBe("invalid");
});

test("readEverything + fails its check when a reader does not read what its own version wrote", async () => {
  const { es, json, lenient } = createReaders(buf);
  const forgetful: typeof es = async (batches, image) =>
    (await es(batches, image)).map((reads) => reads.map(() => ({ id: "o1" })));
  const { check } = await readEverything({ ...options(), readers: { es, go: forgetful, json, lenient } });
  expect(check).toMatchObject({ ok: false, because: expect.stringMatching(/of 704/) });
});

test("createReaders + protobuf-go refuses one message and reads those beside it", async () => {
  const edit = editOf("string-bytes");
  const good = Uint8Array.of(0x12, 0x01, 0x61);
  const bad = Uint8Array.of(0x12, 0x01, 0xff);
  const messages = [good, bad, good].map((binary) => ({ binary, json: {} }));
  const [reads] = await createReaders(buf).go([{ edit, messages }], schemas.before);
  expect(reads).toEqual([{ value: "a" }, expect.any(Error), { value: "a" }]);
  expect(String(reads?.[1])).toContain("invalid UTF-8");
}, 60_000);

test("createReaders + a buf that is stopped or broken is no refusal of protobuf-go", async () => {
  await using stopped = await createBuf(AbortSignal.abort(new Error("by Ctrl-C")));
  const messages = [{ binary: Uint8Array.of(0x12, 0x01, 0x61), json: {} }];
  const read = createReaders(stopped).go([{ edit: editOf("string-bytes"), messages }], schemas.before);
  await expect(read).rejects.toThrow("by Ctrl-C");
  const missing = { ...schemas.before, path: "missing.binpb" };
  const lost = createReaders(buf).go([{ edit: editOf("string-bytes"), messages }], missing);
  await expect(lost).rejects.toThrow("buf convert");
}, 60_000);

test("presenceClaim + holds with optional, and is refuted when the field has no presence after all", () => {
  const edit = editOf("add-presence");
  const implicit = orderOf(edit, schemas.before);
  const optional = orderOf(edit, schemas.after);
  const claim = (orders: Parameters<typeof presenceClaim>[0]) =>
    judge(presenceClaim(orders, { count: 30, random: createRandom(1) }).verdict).outcome;
  expect(claim({ implicit, optional })).toBe("holds");
  expect(claim({ implicit, optional: implicit })).toBe("refuted");
  expect(claim({ implicit: optional, optional })).toBe("invalid");
});

test("reservedClaim + holds for buf, is refuted by a compiler that lets reuse pass, invalid by one that always warns", async () => {
  const { verdict, measured } = await reservedClaim(buf);
  expect(judge(verdict).outcome).toBe("holds");
  expect(measured.complaints).toEqual([expect.stringContaining("number `2`"), expect.stringContaining("field name")]);
  const permissive: typeof buf.build = (name, files) => {
    const entries = Object.entries(files).map(([path, text]) => [path, text.replace(/reserved [^;]+;/, "")]);
    return buf.build(`permissive-${name}`, Object.fromEntries(entries));
  };
  expect(judge((await reservedClaim({ ...buf, build: permissive })).verdict).outcome).toBe("refuted");
  const strict = async () => [{ path: "number.proto", type: "ANY", message: "no" }];
  expect(judge((await reservedClaim({ ...buf, breaking: strict })).verdict).outcome).toBe("invalid");
}, 60_000);
