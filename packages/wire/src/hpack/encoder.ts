import { BlockWriter, MAX_INTEGER_BYTES } from "./block-writer.ts";
import { DynamicTable, ENTRY_OVERHEAD } from "./dynamic-table.ts";
import { EncoderIndex } from "./encoder-index.ts";
import type { HeaderInput } from "./fields.ts";
import {
  DEFAULT_TABLE_BYTES,
  type HpackEncoderOptions,
  type ResolvedHpackEncoderOptions,
  resolveHpackEncoderOptions,
} from "./options.ts";

/** Encodes the header blocks of one direction of one connection. */
export interface HpackEncoder {
  /**
   * Writes one block into `target` from `at` on and returns the position after it. Allocates no memory of its own
   * beyond table entries.
   *
   * @throws RangeError, before anything is written or remembered, when `target` has less room than
   * {@link HpackEncoder.maxEncodedBytes} asks for or a field has a character above U+00FF.
   */
  encode(fields: readonly HeaderInput[], target: Uint8Array, at: number): number;
  /** Room that a block of these fields needs at most, in bytes. */
  maxEncodedBytes(fields: readonly HeaderInput[]): number;
  /**
   * The reading side allows a table of this size (SETTINGS_HEADER_TABLE_SIZE): call it when its SETTINGS are
   * acknowledged. The next block announces the change where there is one.
   */
  setAllowedTableBytes(bytes: number): void;
  /** Bytes in the dynamic table (RFC 7541 section 4.1). */
  readonly tableBytes: number;
  /** Entries in the dynamic table. */
  readonly entries: number;
}

/**
 * Creates an encoder (RFC 7541).
 *
 * @throws RangeError when an option is out of its range.
 */
export function createHpackEncoder(options?: HpackEncoderOptions): HpackEncoder {
  return new Encoder(resolveHpackEncoderOptions(options));
}

/** Two table size updates at most stand at the start of a block (RFC 7541 section 4.2). */
const MAX_UPDATE_BYTES = 2 * MAX_INTEGER_BYTES;
/** An index or a marker, and the lengths of both strings. */
const MAX_FIELD_OVERHEAD = 3 * MAX_INTEGER_BYTES;
const BEYOND_LATIN1 = /[\u0100-\uffff]/;

class Encoder implements HpackEncoder {
  readonly #maxTableBytes: number;
  readonly #writer: BlockWriter;
  readonly #index = new EncoderIndex();
  readonly #table: DynamicTable;
  /** The smallest size since the last block, while an announcement is due. */
  #smallestDue: number | undefined;
  #sizeDue: number;

  constructor(options: ResolvedHpackEncoderOptions) {
    this.#maxTableBytes = options.maxTableBytes;
    this.#writer = new BlockWriter(options.huffman);
    this.#table = new DynamicTable({
      maxBytes: DEFAULT_TABLE_BYTES,
      maxHeldBytes: Math.max(options.maxTableBytes, DEFAULT_TABLE_BYTES),
      onEvict: (entry, number) => this.#index.remove(entry, number),
    });
    this.#sizeDue = DEFAULT_TABLE_BYTES;
    this.setAllowedTableBytes(DEFAULT_TABLE_BYTES);
  }

  get tableBytes(): number {
    return this.#table.bytes;
  }

  get entries(): number {
    return this.#table.count;
  }

  setAllowedTableBytes(bytes: number): void {
    const size = Math.min(bytes, this.#maxTableBytes);
    if (size === this.#sizeDue) return;
    this.#sizeDue = size;
    this.#smallestDue = Math.min(size, this.#smallestDue ?? size);
  }

  maxEncodedBytes(fields: readonly HeaderInput[]): number {
    let bytes = MAX_UPDATE_BYTES;
    for (const { name, value } of fields) bytes += MAX_FIELD_OVERHEAD + name.length + value.length;
    return bytes;
  }

  encode(fields: readonly HeaderInput[], target: Uint8Array, at: number): number {
    this.#check(fields, target.length - at);
    this.#writer.target = target;
    this.#writer.at = at;
    this.#writeSizeUpdates();
    for (const field of fields) this.#write(field);
    return this.#writer.at;
  }

  #check(fields: readonly HeaderInput[], room: number): void {
    const needed = this.maxEncodedBytes(fields);
    if (needed > room)
      throw new RangeError(`the header block may need ${needed} bytes, the target has room for ${room}`);
    for (const { name, value } of fields) {
      if (BEYOND_LATIN1.test(name) || BEYOND_LATIN1.test(value)) {
        throw new RangeError(`header ${JSON.stringify(name)} has a character above U+00FF; encode text before`);
      }
    }
  }

  #writeSizeUpdates(): void {
    if (this.#smallestDue === undefined) return;
    if (this.#smallestDue < this.#sizeDue) {
      this.#writer.integer(0x20, 5, this.#smallestDue);
      this.#table.setMaxBytes(this.#smallestDue);
    }
    this.#writer.integer(0x20, 5, this.#sizeDue);
    this.#table.setMaxBytes(this.#sizeDue);
    this.#smallestDue = undefined;
  }

  #write(field: HeaderInput): void {
    const { name, value, representation = "incremental" } = field;
    const whole = representation === "never" ? 0 : this.#index.findField(name, value, this.#table.added);
    if (whole > 0) {
      this.#writer.integer(0x80, 7, whole);
      return;
    }
    const nameIndex = this.#index.findName(name, this.#table.added);
    if (representation === "incremental" && this.#fits(field)) {
      this.#writer.integer(0x40, 6, nameIndex);
      this.#table.add(name, value);
      this.#index.add(name, value, this.#table.added);
    } else {
      this.#writer.integer(representation === "never" ? 0x10 : 0x00, 4, nameIndex);
    }
    if (nameIndex === 0) this.#writer.string(name);
    this.#writer.string(value);
  }

  /** An entry larger than the table would empty it for nothing (RFC 7541 section 4.4). */
  #fits({ name, value }: HeaderInput): boolean {
    return name.length + value.length + ENTRY_OVERHEAD <= (this.#table.maxBytes ?? 0);
  }
}
