/** One decoder under test. */
export interface FuzzTarget {
  readonly name: string;
  /** Good inputs to begin from. */
  readonly corpus: readonly Uint8Array[];
  /** A decoder in its first state, as a function that takes its next bytes. */
  readonly create: () => (chunk: Uint8Array) => void;
}
