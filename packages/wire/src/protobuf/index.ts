export type { WireError } from "../core/wire-error.ts";
export { readWireFields } from "./decoder.ts";
export type {
  FieldPlace,
  Fixed32Field,
  Fixed64Field,
  GroupField,
  LengthField,
  VarintField,
  WireField,
  WireFields,
} from "./fields.ts";
export {
  createProtobufView,
  type DecodedField,
  type DecodedMessage,
  type DecodedValue,
  type ProtobufView,
  type ProtobufViewOptions,
} from "./message.ts";
export type { ProtobufOptions } from "./options.ts";
export { toReadable } from "./readable.ts";
export { type FieldReading, fieldReadings } from "./readings.ts";
export type { ScalarValue } from "./scalars.ts";
