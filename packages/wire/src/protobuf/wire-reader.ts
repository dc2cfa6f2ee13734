import { type ProtobufErrorCode, protobufError } from "./errors.ts";
import type { FieldPlace, WireField, WireFields } from "./fields.ts";
import type { ResolvedProtobufOptions } from "./options.ts";

const MAX_VARINT_BYTES = 10;
const MAX_FIELD_NUMBER = 2 ** 29 - 1;
const END_GROUP = 4;

/** What one reading of a message has left, however its parts nest. */
export class Budget {
  fields: number;
  depth: number;

  constructor(options: ResolvedProtobufOptions) {
    this.fields = options.maxFields;
    this.depth = options.maxDepth;
  }
}

/** Reads the fields of one message. A reader is used once; a fault stops it. */
export class WireReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  readonly #budget: Budget;
  #at: number;
  /** Where the end tag of the last group began. */
  #groupEnd = 0;
  #fault: { readonly code: ProtobufErrorCode; readonly offset: number } | undefined;

  constructor(bytes: Uint8Array, range: { readonly start: number; readonly end: number }, budget: Budget) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = range.start;
    this.#end = range.end;
    this.#budget = budget;
  }

  /** All fields up to the end, or up to the first fault. */
  readAll(): WireFields {
    const fields = this.#fields(0);
    const fault = this.#fault;
    return { fields, error: fault === undefined ? null : protobufError(fault.code, fault.offset) };
  }

  /** Values without tags, as a packed field has them; `undefined` when they do not fill the range exactly. */
  readPacked(wireType: "varint" | "fixed32" | "fixed64"): (bigint | number)[] | undefined {
    const values: (bigint | number)[] = [];
    while (this.#at < this.#end && this.#fault === undefined) {
      if (this.#budget.fields-- <= 0) return undefined;
      values.push(wireType === "varint" ? this.#varint() : wireType === "fixed32" ? this.#fixed32() : this.#fixed64());
    }
    return this.#fault === undefined ? values : undefined;
  }

  /** Fields up to the end of the message, or of the group of this number. */
  #fields(group: number): WireField[] {
    const fields: WireField[] = [];
    if (this.#budget.depth-- <= 0) this.#fail("too_deep", this.#at);
    while (this.#fault === undefined) {
      if (this.#at >= this.#end) {
        if (group !== 0) this.#fail("truncated", this.#end);
        break;
      }
      const offset = this.#at;
      const tag = this.#varint();
      const number = Number(tag >> 3n);
      const wireType = Number(tag & 7n);
      if (this.#fault !== undefined) break;
      if (number < 1 || number > MAX_FIELD_NUMBER) this.#fail("bad_field_number", offset);
      else if (wireType === END_GROUP) {
        if (number !== group) this.#fail("unexpected_end_group", offset);
        this.#groupEnd = offset;
        break;
      } else if (this.#budget.fields-- <= 0) this.#fail("too_many_fields", offset);
      else {
        const field = this.#value(number, wireType, offset);
        if (field !== undefined && this.#fault === undefined) fields.push(field);
      }
    }
    this.#budget.depth++;
    return fields;
  }

  #value(number: number, wireType: number, offset: number): WireField | undefined {
    const start = this.#at;
    switch (wireType) {
      case 0: {
        const value = this.#varint();
        return { wireType: "varint", value, ...this.#place(number, offset, start) };
      }
      case 1: {
        const value = this.#fixed64();
        return { wireType: "fixed64", value, ...this.#place(number, offset, start) };
      }
      case 2:
        return this.#length(number, offset);
      case 3: {
        const value = this.#fields(number);
        const place = this.#place(number, offset, start);
        return { wireType: "group", value, ...place, valueBytes: this.#groupEnd - start };
      }
      case 5: {
        const value = this.#fixed32();
        return { wireType: "fixed32", value, ...this.#place(number, offset, start) };
      }
      default:
        this.#fail("bad_wire_type", offset);
        return undefined;
    }
  }

  #length(number: number, offset: number): WireField | undefined {
    const before = this.#at;
    const length = this.#varint();
    const start = this.#at;
    if (this.#fault === undefined && length > BigInt(this.#end - start)) this.#fail("truncated", this.#end);
    if (this.#fault !== undefined) return undefined;
    this.#at += Number(length);
    const place = this.#place(number, offset, start);
    const value = this.#bytes.subarray(start, this.#at);
    return { wireType: "length", value, ...place, tagBytes: before - offset, lengthBytes: start - before };
  }

  #place(number: number, offset: number, start: number): FieldPlace {
    const end = this.#at;
    return { number, offset, tagBytes: start - offset, lengthBytes: 0, valueBytes: end - start, end };
  }

  /** Bits beyond the 64th are dropped, as the official libraries do. */
  #varint(): bigint {
    const start = this.#at;
    let low = 0;
    for (let count = 0; count < 4; count++) {
      const byte = this.#byte();
      low += (byte & 0x7f) << (7 * count);
      if (byte < 0x80) return BigInt(low);
    }
    let value = BigInt(low);
    for (let count = 4; count < MAX_VARINT_BYTES; count++) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << BigInt(7 * count);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    this.#fail("varint_too_long", start);
    return 0n;
  }

  /** A byte that ends any varint when there is none left. */
  #byte(): number {
    if (this.#at < this.#end) return this.#bytes[this.#at++] as number;
    this.#fail("truncated", this.#end);
    return 0;
  }

  #fixed32(): number {
    if (!this.#has(4)) return 0;
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4, true);
  }

  #fixed64(): bigint {
    if (!this.#has(8)) return 0n;
    this.#at += 8;
    return this.#view.getBigUint64(this.#at - 8, true);
  }

  #has(count: number): boolean {
    if (this.#end - this.#at >= count) return true;
    this.#fail("truncated", this.#end);
    return false;
  }

  #fail(code: ProtobufErrorCode, offset: number): void {
    this.#fault ??= { code, offset };
  }
}
