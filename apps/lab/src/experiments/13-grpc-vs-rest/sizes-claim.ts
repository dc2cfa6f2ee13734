import { gzipSync } from "node:zlib";
import { fromJson, toBinary, toJson } from "@bufbuild/protobuf";
import { StructSchema } from "@bufbuild/protobuf/wkt";
import { type Order, OrderSchema } from "@polywire/contract/polywire/orders/v1/order";
import { byConditions, type Condition, type Verdict, when } from "../framework/verdicts.ts";
import { percent } from "../framework/words.ts";
import { codeOrder } from "./codecs.ts";

/** The bytes of one order. */
export interface OrderSizes {
  readonly items: number;
  readonly json: number;
  readonly protobuf: number;
  readonly gzippedJson: number;
  readonly gzippedProtobuf: number;
  /** The JSON as `google.protobuf.Struct`: protobuf that carries the names of its fields. */
  readonly struct: number;
}

/** Weighs an order as JSON and as protobuf, raw and gzipped. */
export function weighOrder(order: Order): OrderSizes {
  const { JSON: json, "protobuf-es": protobuf } = codeOrder(order);
  const struct = toBinary(StructSchema, fromJson(StructSchema, toJson(OrderSchema, order)));
  return {
    items: order.lines.length,
    json: json.bytes.length,
    protobuf: protobuf.bytes.length,
    gzippedJson: gzipSync(json.bytes).length,
    gzippedProtobuf: gzipSync(protobuf.bytes).length,
    struct: struct.length,
  };
}

/** Which of the two protobuf must be smaller than, in what, and by how much. */
const COMPARISONS: readonly { readonly name: string; readonly most: number; ratio(size: OrderSizes): number }[] = [
  { name: "both raw", most: 0.7, ratio: ({ protobuf, json }) => protobuf / json },
  { name: "both gzipped", most: 0.8, ratio: ({ gzippedProtobuf, gzippedJson }) => gzippedProtobuf / gzippedJson },
  { name: "protobuf raw, JSON gzipped", most: 1, ratio: ({ protobuf, gzippedJson }) => protobuf / gzippedJson },
];

/** Claim 13.4: protobuf against JSON, in orders of several sizes. */
export function sizesClaim(sizes: readonly OrderSizes[]): Verdict {
  const [first, ...others] = COMPARISONS.flatMap(({ name, most, ratio }) =>
    [true, false].flatMap((isSmaller): Condition[] => {
      const own = sizes.filter((size) => ratio(size) <= most === isSmaller);
      if (own.length === 0) return [];
      const ratios = own.map((size) => percent(ratio(size))).join(", ");
      return [
        when(`${name}, ${own.map(({ items }) => items).join(", ")} items`, isSmaller, `${ratios} of JSON's bytes`),
      ];
    }),
  );
  if (first === undefined) throw new RangeError("no order was weighed");
  const named = sizes.filter(({ struct, json }) => struct >= json);
  return byConditions(
    [first, ...others],
    [
      {
        name: "protobuf without a schema (google.protobuf.Struct)",
        bit: named.length === sizes.length,
        because: `${sizes.map(({ struct, json }) => percent(struct / json)).join(", ")} of JSON's bytes: it is the names that protobuf leaves out`,
      },
    ],
  );
}
