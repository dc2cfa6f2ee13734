import type { WireError } from "../core/wire-error.ts";
import { BlockReader } from "./block-reader.ts";
import { DynamicTable, ENTRY_OVERHEAD, type TableEntry } from "./dynamic-table.ts";
import { hpackError } from "./errors.ts";
import type { HeaderBlock, HeaderField, Representation } from "./fields.ts";
import {
  DEFAULT_TABLE_BYTES,
  type HpackDecoderOptions,
  type ResolvedHpackDecoderOptions,
  resolveHpackDecoderOptions,
} from "./options.ts";
import { STATIC_COUNT, STATIC_TABLE } from "./static-table.ts";

/** Decodes the header blocks of one direction of one connection, in their order on the wire. */
export interface HpackDecoder {
  /**
   * Decodes one whole block (HEADERS or PUSH_PROMISE with its CONTINUATIONs). Never throws: a fault is in the result.
   * The result holds no view of `block`.
   */
  decode(block: Uint8Array): HeaderBlock;
  /**
   * The side that reads these blocks allows a table of this size from now on: call it at the point in the blocks'
   * direction where their writer acknowledges SETTINGS_HEADER_TABLE_SIZE.
   */
  setAllowedTableBytes(bytes: number): void;
  /** A block was lost: nothing is known of the dynamic table from here on. */
  forget(): void;
}

/**
 * Creates a decoder (RFC 7541).
 *
 * @throws RangeError when an option is out of its range.
 */
export function createHpackDecoder(options?: HpackDecoderOptions): HpackDecoder {
  return new Decoder(resolveHpackDecoderOptions(options));
}

const NONE: readonly number[] = [];

const INDEXED = 0x80;
const INCREMENTAL = 0x40;
const SIZE_UPDATE = 0x20;
const NEVER = 0x10;

class Decoder implements HpackDecoder {
  readonly #options: ResolvedHpackDecoderOptions;
  readonly #table: DynamicTable;
  readonly #reader = new BlockReader();
  /** Largest size update that the writer may use; `undefined` until the reading side's settings are known. */
  #allowedBytes: number | undefined;
  /** The next block must begin with an update to this size or less. */
  #updateDue: number | undefined;
  /** Of the block being decoded, which gets a copy without room to spare. */
  #fields: HeaderField[] = [];
  #sizeUpdates: number[] | undefined;
  #listBytes = 0;
  /** Where the representation being read begins. */
  #start = 0;
  #complete = true;
  #error: WireError | null = null;

  constructor(options: ResolvedHpackDecoderOptions) {
    this.#options = options;
    const known = options.initialTable === "empty" ? DEFAULT_TABLE_BYTES : undefined;
    this.#allowedBytes = known;
    this.#table = new DynamicTable({ maxBytes: known, maxHeldBytes: options.maxTableBytes });
  }

  decode(block: Uint8Array): HeaderBlock {
    const tableBytesBefore = this.#table.knownBytes;
    const entriesBefore = this.#table.count;
    this.#reset(block);
    while (this.#reader.at < this.#reader.end && this.#step());
    if (this.#error !== null) this.forget();
    else if (this.#listBytes > this.#options.maxHeaderListBytes) {
      this.#error = hpackError("header_list_too_large", block.length);
    }
    return {
      fields: this.#fields.slice(),
      complete: this.#complete && this.#error === null,
      encodedBytes: block.length,
      listBytes: this.#listBytes,
      tableBytesBefore,
      tableBytesAfter: this.#table.knownBytes,
      entriesBefore,
      entriesAfter: this.#table.count,
      sizeUpdates: this.#sizeUpdates ?? NONE,
      error: this.#error,
    };
  }

  setAllowedTableBytes(bytes: number): void {
    this.#allowedBytes = bytes;
    const inUse = this.#table.maxBytes;
    // RFC 7541 section 4.2: of several changes between two blocks the smallest must be signalled.
    if (inUse !== undefined && bytes < inUse) this.#updateDue = Math.min(bytes, this.#updateDue ?? bytes);
  }

  forget(): void {
    this.#table.forget();
    this.#updateDue = undefined;
  }

  #reset(block: Uint8Array): void {
    this.#reader.start(block);
    this.#fields = [];
    this.#sizeUpdates = undefined;
    this.#listBytes = 0;
    this.#complete = true;
    this.#error = null;
  }

  /** Reads one representation; false after a fault. */
  #step(): boolean {
    this.#start = this.#reader.at;
    const first = this.#reader.peek();
    const isUpdate = first < INCREMENTAL && first >= SIZE_UPDATE;
    if (this.#updateDue !== undefined && !isUpdate) this.#fail("size_update_missing");
    else if (first >= INDEXED) this.#indexed();
    else if (first >= INCREMENTAL) this.#literal("incremental");
    else if (isUpdate) this.#sizeUpdate();
    else this.#literal(first >= NEVER ? "never" : "plain");
    if (this.#reader.fault !== undefined) this.#fail(this.#reader.fault, this.#reader.at);
    return this.#error === null;
  }

  #indexed(): void {
    const index = this.#reader.integer(7);
    if (this.#reader.fault !== undefined) return;
    const entry = this.#lookUp(index);
    if (entry === undefined) return;
    const encodedBytes = this.#reader.at - this.#start;
    // Most fields of most calls: the same object for all of them saves whoever keeps them most of the memory.
    const isSame = entry.field?.index === index && entry.field.encodedBytes === encodedBytes;
    if (!isSame) entry.field = { name: entry.name, value: entry.value, representation: "indexed", index, encodedBytes };
    this.#emit(entry.field as HeaderField);
  }

  #literal(representation: Representation): void {
    const index = this.#reader.integer(representation === "incremental" ? 6 : 4);
    if (this.#reader.fault !== undefined) return;
    const entry = index === 0 ? undefined : this.#lookUp(index);
    if (index !== 0 && entry === undefined) return;
    const name = entry === undefined ? this.#reader.string() : entry.name;
    if (this.#reader.fault !== undefined) return;
    const value = this.#reader.string();
    if (this.#reader.fault !== undefined) return;
    if (representation === "incremental") this.#table.add(name, value);
    this.#emit({ name, value, representation, index, encodedBytes: this.#reader.at - this.#start });
  }

  #sizeUpdate(): void {
    const bytes = this.#reader.integer(5);
    if (this.#reader.fault !== undefined) return;
    if (this.#listBytes > 0) this.#fail("size_update_misplaced");
    else if (bytes > (this.#allowedBytes ?? bytes)) this.#fail("size_update_too_large");
    else if (bytes > (this.#updateDue ?? bytes)) this.#fail("size_update_missing");
    else {
      this.#updateDue = undefined;
      this.#table.setMaxBytes(bytes);
      this.#sizeUpdates ??= [];
      this.#sizeUpdates.push(bytes);
    }
  }

  #lookUp(index: number): Entry | undefined {
    if (index === 0) this.#fail("zero_index");
    else if (index <= STATIC_COUNT) return STATIC_ENTRIES[index - 1];
    else {
      const entry = this.#table.at(index - STATIC_COUNT - 1);
      if (entry !== undefined) return entry;
      if (this.#table.olderUnknown) return UNKNOWN;
      this.#fail("index_out_of_range");
    }
    return undefined;
  }

  #emit(field: HeaderField): void {
    const { name, value } = field;
    this.#listBytes += ENTRY_OVERHEAD + (name?.length ?? 0) + (value?.length ?? 0);
    if (name === null || value === null) this.#complete = false;
    if (this.#listBytes <= this.#options.maxHeaderListBytes) this.#fields.push(field);
  }

  #fail(code: HpackFault, offset = this.#start): void {
    this.#error ??= hpackError(code, offset);
  }
}

type HpackFault = Parameters<typeof hpackError>[0];

type Entry = Omit<TableEntry, "size">;

const UNKNOWN: Entry = { name: null, value: null, field: undefined };
const STATIC_ENTRIES: readonly Entry[] = STATIC_TABLE.map(([name, value]) => ({ name, value, field: undefined }));
