import type { FieldSpec, MessageSpec } from "./schema.ts";

const LINE: MessageSpec = {
  name: "Line",
  fields: [
    { name: "sku", number: 1, type: "string" },
    { name: "quantity", number: 2, type: "int32" },
    { name: "price_change", number: 3, type: "sint64" },
  ],
};

const PARCEL: MessageSpec = {
  name: "Parcel",
  fields: [
    { name: "shelf", number: 1, type: "uint32" },
    { name: "label", number: 2, type: "string" },
  ],
};

const DELIMITED: FieldSpec = { name: "parcel", number: 33_554_431, type: "group", holds: PARCEL, always: true };

/** Every type there is, and numbers on both sides of each size of key. */
export const ORDER: MessageSpec = {
  name: "Order",
  fields: [
    { name: "order_id", number: 1, type: "string" },
    { name: "quantity", number: 2, type: "int32" },
    { name: "change", number: 3, type: "sint32" },
    { name: "stock", number: 4, type: "uint32" },
    { name: "price_minor", number: 5, type: "int64" },
    { name: "balance_minor", number: 6, type: "sint64" },
    { name: "serial", number: 7, type: "uint64" },
    { name: "express", number: 8, type: "bool" },
    { name: "status", number: 9, type: "enum" },
    { name: "weight", number: 10, type: "float" },
    { name: "volume", number: 11, type: "double" },
    { name: "checksum", number: 12, type: "fixed32" },
    { name: "token", number: 13, type: "fixed64" },
    { name: "zone_offset", number: 14, type: "sfixed32" },
    { name: "time_offset", number: 15, type: "sfixed64" },
    { name: "photo", number: 16, type: "bytes" },
    { name: "first_line", number: 17, type: "message", holds: LINE },
    { name: "lines", number: 18, type: "message", holds: LINE, list: "expanded" },
    { name: "codes", number: 2_047, type: "int32", list: "packed" },
    { name: "changes", number: 2_048, type: "sint64", list: "packed" },
    { name: "labels", number: 262_143, type: "string", list: "expanded" },
    { name: "levels", number: 262_144, type: "uint32", list: "expanded" },
    { name: "bounds", number: 33_554_432, type: "fixed64", list: "packed" },
    { name: "last", number: 536_870_911, type: "bool" },
  ],
};

/** The same with a field between start and end keys, always set. */
export const ORDER_WITH_GROUP: MessageSpec = {
  name: "Order",
  fields: [...ORDER.fields, DELIMITED].toSorted((a, b) => a.number - b.number),
};

/** An early version of the order: what its reader does not know was added later. */
export const EARLY_ORDER: MessageSpec = { name: "Order", fields: ORDER.fields.slice(0, 3) };

/** Fields that the early reader does not know: each wire type once, a group inside a group included. */
export const ADDED_LATER: MessageSpec = {
  name: "Later",
  fields: [
    { name: "varint", number: 100, type: "uint64", always: true },
    { name: "eight_bytes", number: 101, type: "fixed64", always: true },
    { name: "length", number: 102, type: "bytes", always: true },
    {
      name: "group",
      number: 103,
      type: "group",
      always: true,
      holds: { name: "Outer", fields: [{ ...DELIMITED, number: 1 }] },
    },
    { name: "four_bytes", number: 104, type: "fixed32", always: true },
  ],
};

/** A message of one field. */
export function oneField(field: Omit<FieldSpec, "name">): MessageSpec {
  return { name: "One", fields: [{ name: "value", ...field }] };
}
