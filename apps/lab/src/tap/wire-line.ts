import type { Side } from "@polywire/wire/http2";

/** A line of the wire's listing, and what is explained below it. */
export interface WireLine {
  readonly from?: Side;
  readonly stream?: number;
  /** What it is: a frame, a head. Absent: only details, of the line before. */
  readonly title?: string;
  readonly flags?: readonly string[];
  /** How many bytes it took. */
  readonly bytes?: string;
  readonly note?: string;
  /** Already coloured, at most `DETAIL_COLUMNS` wide. */
  readonly details?: readonly string[];
}

/** Columns that details have. */
export const DETAIL_COLUMNS = 70;
