import type { CallMessage } from "./call-events.ts";
import type { TapEvent } from "./events.ts";

/** What is shown of bytes. */
export interface DescribedBytes {
  readonly bytes: number;
  /** For small values that hold no traffic: the opaque data of a PING, the debug data of a GOAWAY. */
  readonly hex?: string;
}

/** A value as JSON can hold it: bytes described, 64-bit integers as text, functions left out. */
export type Described<T> = T extends Uint8Array
  ? DescribedBytes
  : T extends bigint
    ? string
    : T extends CallMessage
      ? DescribedMessage
      : T extends readonly (infer Item)[]
        ? readonly Described<Item>[]
        : T extends object
          ? { readonly [Key in keyof T]: Described<T[Key]> }
          : T;

/** A message of a call, its content readable. */
export interface DescribedMessage extends Omit<CallMessage, "decoded" | "payload"> {
  /** The fields of protobuf, in the order of the wire; absent where the type is unknown. */
  readonly fields?: readonly DescribedField[];
  /** JSON and other text, cut off beyond 16,384 characters. */
  readonly text?: string;
  /** The first bytes of what is neither. */
  readonly hex?: string;
}

/** A field of a protobuf message; positions count from the start of the message. */
export interface DescribedField {
  readonly number: number;
  /** `null`: not in the schema. */
  readonly name: string | null;
  readonly type: string | null;
  readonly wireType: string;
  readonly offset: number;
  readonly tagBytes: number;
  readonly lengthBytes: number;
  readonly valueBytes: number;
  /** Key, length and value as they stand on the wire; of a long value its first bytes, of a message in it none. */
  readonly hex: { readonly tag: string; readonly length: string; readonly value: string };
  /** For people; `null` where `fields` has it. */
  readonly value: string | number | boolean | null;
  /** Of a message inside the message. */
  readonly fields?: readonly DescribedField[];
}

/** A tap's event without bytes and secrets, as JSON can hold it. */
export type DescribedTapEvent = Described<TapEvent>;
