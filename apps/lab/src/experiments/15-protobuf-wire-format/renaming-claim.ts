import type { ValidityCheck } from "../framework/experiment.ts";
import { byConditions, type Verdict, when } from "../framework/verdicts.ts";
import { share } from "../framework/words.ts";
import { type Codec, createCodec } from "./codec.ts";
import { type Messages, sameBytes } from "./messages.ts";
import { type MessageSpec, renameFields, renumberFields } from "./schema.ts";

/** The schemas compared: as drawn, with every name changed, and with every number changed. */
export interface RenamingCodecs {
  readonly original: Codec;
  readonly renamed: Codec;
  readonly renumbered: Codec;
}

/** Compiles the schemas for protobuf-es. */
export function renamingCodecs(spec: MessageSpec): RenamingCodecs {
  // Downwards from the top of the number space, so that no two fields meet; the order is turned round.
  const renumbered = renumberFields(spec, (number) => 2 ** 29 - number);
  return {
    original: createCodec(spec),
    renamed: createCodec(
      renameFields(spec, (name) => `new_${name}`),
      spec,
    ),
    renumbered: createCodec(renumbered, spec),
  };
}

/** Claim 15.2: every field renamed, the same messages as bytes and as ProtoJSON. */
export async function renamingClaim(messages: Messages, { original, renamed, renumbered }: RenamingCodecs) {
  const seen = { total: 0, otherBytes: 0, renumberedBytes: 0, jsonRefused: 0, ownJsonRefused: 0 };
  let example = "";
  for await (const message of messages) {
    const bytes = original.write(message);
    const json = original.writeJson(message);
    const refusal = refusalOf(() => renamed.readJson(json));
    seen.total += 1;
    if (!sameBytes(renamed.write(message), bytes)) seen.otherBytes += 1;
    if (!sameBytes(renumbered.write(message), bytes)) seen.renumberedBytes += 1;
    if (refusal !== undefined) seen.jsonRefused += 1;
    if (refusalOf(() => original.readJson(json)) !== undefined) seen.ownJsonRefused += 1;
    if (example === "") example = refusal ?? "";
  }
  const of = (some: number): string => share(some, seen.total);
  const verdict: Verdict = byConditions(
    [
      when("in binary", seen.otherBytes === 0, `${of(seen.total - seen.otherBytes)} messages keep their bytes`),
      when(
        "in ProtoJSON",
        seen.jsonRefused === 0,
        `${of(seen.jsonRefused)} messages are refused${example === "" ? "" : `: ${example}`}`,
      ),
    ],
    [
      {
        name: "numbers changed instead of names",
        bit: seen.renumberedBytes === seen.total,
        because: `${of(seen.renumberedBytes)} messages change their bytes`,
      },
    ],
  );
  const check: ValidityCheck = {
    name: "the old schema reads its own JSON",
    ok: seen.ownJsonRefused === 0,
    because: `${of(seen.ownJsonRefused)} refused`,
  };
  return { verdict, check, measured: { ...seen, example } };
}

/** Why the names made reading fail; undefined when it did not fail. Another failure is none of the claim's. */
function refusalOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    const [reason] = /key "\w+" is unknown/.exec(error instanceof Error ? error.message : "") ?? [];
    if (reason === undefined) throw error;
    return reason;
  }
}
