import type { HeaderField } from "./fields.ts";

/** What an entry costs beside its strings, in bytes (RFC 7541 section 4.1). */
export const ENTRY_OVERHEAD = 32;

/** One entry; `null` marks a string that is unknown. */
export interface TableEntry {
  readonly name: string | null;
  readonly value: string | null;
  /** Bytes by RFC 7541 section 4.1; an unknown string counts as empty. */
  readonly size: number;
  /** The field that was last read from it, for the next one that is the same. */
  field: HeaderField | undefined;
}

/** Removed entries at the front of the list before it is compacted. */
const COMPACT_AFTER = 64;

/**
 * The dynamic table (RFC 7541 section 2.3.2), newest entry first.
 *
 * It may be known in part only: `olderUnknown` says that older entries exist, or may exist, beyond those held. References
 * to the entries held stay right even then, because a peer never refers to an entry that it has evicted.
 */
export class DynamicTable {
  /** Bytes of the entries held; a lower bound where an entry holds an unknown string. */
  bytes = 0;
  /** Entries ever added; the newest entry has this number. */
  added = 0;
  olderUnknown: boolean;
  readonly #maxHeldBytes: number;
  readonly #onEvict: ((entry: TableEntry, number: number) => void) | undefined;
  /** The size that the peer works with; `undefined`: unknown. */
  #maxBytes: number | undefined;
  /** Oldest first; those before `#first` are gone. */
  #entries: (TableEntry | undefined)[] = [];
  #first = 0;
  #inexact = 0;

  constructor(options: {
    readonly maxBytes: number | undefined;
    readonly maxHeldBytes: number;
    readonly onEvict?: (entry: TableEntry, number: number) => void;
  }) {
    this.#maxBytes = options.maxBytes;
    this.olderUnknown = options.maxBytes === undefined;
    this.#maxHeldBytes = options.maxHeldBytes;
    this.#onEvict = options.onEvict;
  }

  /** Entries held. */
  get count(): number {
    return this.#entries.length - this.#first;
  }

  get maxBytes(): number | undefined {
    return this.#maxBytes;
  }

  /** The table's size where it is known exactly. */
  get knownBytes(): number | null {
    return this.olderUnknown || this.#inexact > 0 ? null : this.bytes;
  }

  /** The entry at a position counted from 0, the newest; `undefined` beyond the entries held. */
  at(position: number): TableEntry | undefined {
    return position < this.count ? this.#entries[this.#entries.length - 1 - position] : undefined;
  }

  add(name: string | null, value: string | null): void {
    const size = ENTRY_OVERHEAD + (name?.length ?? 0) + (value?.length ?? 0);
    if (this.#maxBytes !== undefined && size > this.#maxBytes) {
      // Section 4.4: an entry larger than the table empties it, and that is no error.
      this.clear();
      return;
    }
    const isHeld = size <= this.#maxHeldBytes;
    const held: TableEntry = { name: isHeld ? name : null, value: isHeld ? value : null, size, field: undefined };
    this.#entries.push(held);
    this.added++;
    this.bytes += size;
    if (held.name === null || held.value === null) this.#inexact++;
    this.#evict();
  }

  setMaxBytes(maxBytes: number): void {
    this.#maxBytes = maxBytes;
    if (maxBytes === 0) this.clear();
    this.#evict();
  }

  /** Removes every entry; afterwards the table is known to be empty. */
  clear(): void {
    while (this.count > 0) this.#removeOldest();
    this.olderUnknown = false;
  }

  /** Marks everything as unknown, the size that the peer works with included. */
  forget(): void {
    this.clear();
    this.olderUnknown = true;
    this.#maxBytes = undefined;
  }

  #evict(): void {
    if (this.#maxBytes !== undefined) {
      while (this.bytes > this.#maxBytes) this.#removeOldest();
      // What is held leaves no room for even an empty entry behind it.
      if (this.bytes + ENTRY_OVERHEAD > this.#maxBytes) this.olderUnknown = false;
    }
    while (this.bytes > this.#maxHeldBytes && this.count > 1) {
      this.#removeOldest();
      this.olderUnknown = true;
    }
  }

  #removeOldest(): void {
    const entry = this.#entries[this.#first] as TableEntry;
    this.#onEvict?.(entry, this.added - this.count + 1);
    this.#entries[this.#first++] = undefined;
    this.bytes -= entry.size;
    if (entry.name === null || entry.value === null) this.#inexact--;
    if (this.#first >= COMPACT_AFTER && this.#first * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
  }
}
