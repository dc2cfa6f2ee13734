import type { WireError } from "../core/wire-error.ts";

/**
 * How a field was written (RFC 7541 section 6): `indexed` as an index only, `incremental` as a literal that enters the
 * dynamic table, `plain` as a literal that does not, `never` as a literal that no hop may put in a table.
 */
export type Representation = "indexed" | "incremental" | "plain" | "never";

/** One field of a decoded header list, in the order of the wire. Lists share the fields that are the same. */
export interface HeaderField {
  /** One character a byte; `null`: unknown, from a table entry that was written before this decoder joined. */
  readonly name: string | null;
  /** One character a byte; `null`: unknown, as for the name. */
  readonly value: string | null;
  /** How it was written. */
  readonly representation: Representation;
  /** The table index that was used, for the whole field or its name; 0 when the name was written out. */
  readonly index: number;
  /** Bytes it took on the wire. */
  readonly encodedBytes: number;
}

/** What one header block said and did to the dynamic table. */
export interface HeaderBlock {
  /** The fields; those before the fault when there is an `error`. */
  readonly fields: readonly HeaderField[];
  /** True when every field is there and known. */
  readonly complete: boolean;
  /** Bytes of the block on the wire. */
  readonly encodedBytes: number;
  /**
   * Bytes of the list by RFC 9113 section 6.5.2: names, values and 32 a field. Unknown strings count as empty, so it is
   * a lower bound unless `complete`. In HTTP/1.1 the same list takes this less 28 a field (`name: value` and a line end).
   */
  readonly listBytes: number;
  /** Dynamic table before the block, in bytes (RFC 7541 section 4.1); `null`: unknown. */
  readonly tableBytesBefore: number | null;
  /** Dynamic table after the block, in bytes; `null`: unknown. */
  readonly tableBytesAfter: number | null;
  /** Known entries in the dynamic table before the block. */
  readonly entriesBefore: number;
  /** Known entries in the dynamic table after the block. */
  readonly entriesAfter: number;
  /** Sizes set by table size updates at the start of the block, in bytes. */
  readonly sizeUpdates: readonly number[];
  /** The first fault, or `null`. After one the dynamic table is unknown, except after `header_list_too_large`. */
  readonly error: WireError | null;
}

/** A field to encode. */
export interface HeaderInput {
  /** Lower case in HTTP/2; characters up to U+00FF, one a byte. */
  readonly name: string;
  /** Characters up to U+00FF, one a byte. */
  readonly value: string;
  /** How to write it where no table holds it: default `incremental`; `never` for secrets (RFC 7541 section 7.1.3). */
  readonly representation?: "incremental" | "plain" | "never";
}
