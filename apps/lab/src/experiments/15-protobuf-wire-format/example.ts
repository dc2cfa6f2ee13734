import { createCodec } from "./codec.ts";
import type { Drawn } from "./drawn.ts";
import type { MessageSpec } from "./schema.ts";
import { asType, type SizedType } from "./sizes-claim.ts";

/** The message of the picture; the type of its first field is a knob. */
export function exampleSchema(type: SizedType): MessageSpec {
  return {
    name: "Line",
    fields: [
      { name: "quantity", number: 1, type },
      { name: "sku", number: 2, type: "string" },
      { name: "weight", number: 5, type: "float" },
      {
        name: "parcel",
        number: 6,
        type: "group",
        holds: { name: "Parcel", fields: [{ name: "shelf", number: 1, type: "uint32" }] },
      },
      { name: "express", number: 16, type: "bool" },
    ],
  };
}

/** The message of the picture as protobuf-es writes it. */
export function exampleBytes(type: SizedType, quantity: number): Uint8Array<ArrayBuffer> {
  const spec = exampleSchema(type);
  const [first, sku, weight, parcel, express] = spec.fields;
  const shelf = parcel?.holds?.fields[0];
  if (!first || !sku || !weight || !parcel || !shelf || !express) throw new Error("the example has five fields");
  const drawn: Drawn = [
    { field: first, value: asType(type, quantity) },
    { field: sku, value: "SKU-00042" },
    { field: weight, value: 1.5 },
    { field: parcel, value: { message: [{ field: shelf, value: 7 }] } },
    { field: express, value: true },
  ];
  return createCodec(spec).write(drawn);
}
