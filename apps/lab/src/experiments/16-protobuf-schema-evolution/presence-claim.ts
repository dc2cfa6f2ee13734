import { create, type DescMessage, fromBinary, isFieldSet, toBinary } from "@bufbuild/protobuf";
import type { Random } from "../framework/random.ts";
import { holdsIf, type Verdict } from "../framework/verdicts.ts";
import { share } from "../framework/words.ts";

/** The order without and with `optional` before its quantity. */
export interface PresenceSchemas {
  readonly implicit: DescMessage;
  readonly optional: DescMessage;
}

/** An update as its sender means it: `quantity` only where it is to change. */
interface Update {
  readonly quantity?: number;
}

/** What a service does with an update that it reads. */
type Takes = "every field" | "fields that are set";

/** Claim 16.5: partial updates sent as bytes; does the quantity end up as the sender meant? */
export function presenceClaim(
  { implicit, optional }: PresenceSchemas,
  { count, random }: { count: number; random: Random },
) {
  const seen = { total: 0, optional: 0, everyField: 0, setFields: 0 };
  for (let index = 0; index < count; index += 1) {
    const stored = random.whole(1, 1_000);
    // One leaves the quantity alone, one sets it to zero, one to something else.
    const update: Update = index % 3 === 0 ? {} : { quantity: index % 3 === 1 ? 0 : random.whole(1, 1_000) };
    const meant = update.quantity ?? stored;
    const wrong = (schema: DescMessage, takes: Takes): number =>
      apply(stored, { schema, update, takes }) === meant ? 0 : 1;
    seen.total += 1;
    seen.optional += wrong(optional, "fields that are set");
    seen.everyField += wrong(implicit, "every field");
    seen.setFields += wrong(implicit, "fields that are set");
  }
  const of = (some: number): string => share(some, seen.total);
  const verdict: Verdict = holdsIf(
    seen.total > 0 && seen.optional === 0,
    `with optional ${of(seen.total - seen.optional)} updates end as the sender meant: quantity left alone, set to 0, set to something else`,
    [
      {
        name: "no optional, every field is taken",
        bit: seen.everyField > 0,
        because: `${of(seen.everyField)} overwrite a quantity that was to stay`,
      },
      {
        name: "no optional, what is not zero is taken",
        bit: seen.setFields > 0,
        because: `${of(seen.setFields)} cannot set the quantity to 0`,
      },
    ],
  );
  return { verdict, measured: seen };
}

/** The quantity that the service holds afterwards. */
function apply(
  stored: number,
  { schema, update, takes }: { schema: DescMessage; update: Update; takes: Takes },
): number {
  const sent = toBinary(schema, create(schema, { ...update }));
  const message = fromBinary(schema, sent);
  const field = schema.field.quantity;
  if (field === undefined) throw new Error(`${schema.typeName} has no quantity`);
  const value = (message as unknown as { readonly quantity?: number }).quantity ?? 0;
  return takes === "every field" || isFieldSet(message, field) ? value : stored;
}
