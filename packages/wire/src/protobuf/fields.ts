import type { WireError } from "../core/wire-error.ts";

/** Where a field lies; positions count from the start of the outermost message. */
export interface FieldPlace {
  /** The field number. */
  readonly number: number;
  /** Position of the tag. */
  readonly offset: number;
  /** Bytes of the tag. */
  readonly tagBytes: number;
  /** Bytes of the length; 0 where there is none. */
  readonly lengthBytes: number;
  /** Bytes of the value; for a group those between its tags. */
  readonly valueBytes: number;
  /** Position behind the field; for a group behind its end tag. */
  readonly end: number;
}

/** Wire type 0: int32, int64, uint32, uint64, sint32, sint64, bool, enum. */
export interface VarintField extends FieldPlace {
  readonly wireType: "varint";
  /** The 64 bits as an unsigned number. */
  readonly value: bigint;
}

/** Wire type 1: fixed64, sfixed64, double. */
export interface Fixed64Field extends FieldPlace {
  readonly wireType: "fixed64";
  /** The 64 bits as an unsigned number. */
  readonly value: bigint;
}

/** Wire type 2: string, bytes, messages, packed repeated fields. */
export interface LengthField extends FieldPlace {
  readonly wireType: "length";
  /** A view of the message's bytes. */
  readonly value: Uint8Array;
}

/** Wire types 3 and 4: a group, or a message with delimited encoding. */
export interface GroupField extends FieldPlace {
  readonly wireType: "group";
  readonly value: readonly WireField[];
}

/** Wire type 5: fixed32, sfixed32, float. */
export interface Fixed32Field extends FieldPlace {
  readonly wireType: "fixed32";
  /** The 32 bits as an unsigned number. */
  readonly value: number;
}

/** One field as the bytes alone tell it. */
export type WireField = Fixed32Field | Fixed64Field | GroupField | LengthField | VarintField;

/** The fields of a message in the order of the wire, up to the first fault. */
export interface WireFields {
  readonly fields: readonly WireField[];
  readonly error: WireError | null;
}
