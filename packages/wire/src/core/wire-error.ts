/**
 * What a decoder reports about bytes that break a protocol's rules or a limit of this package.
 *
 * Bad bytes are ordinary input for a decoder, so they are values in its output and never exceptions. Exceptions are
 * left for callers' mistakes: a bad option, a target buffer that is too small.
 */
export interface WireError {
  /** Stable and meant for programs: `<protocol>.<what>`, for example `hpack.integer_overflow`. */
  readonly code: string;
  /** One sentence for people: what is wrong and what the rule says. */
  readonly message: string;
  /** Bytes from the start of what the decoder was given (its stream, its block, its message) to the fault. */
  readonly offset: number;
  /** Where the rule is written, for example `RFC 7541 section 5.1`. */
  readonly reference: string;
}

/** For each code of one protocol: where the rule is written, and the sentence for people. */
export type WireErrorTable = Readonly<Record<string, readonly [reference: string, message: string]>>;

/** Makes the errors of one protocol from its table, so that code, sentence and reference are kept in one place. */
export function defineWireErrors<Table extends WireErrorTable>(
  protocol: string,
  table: Table,
): (code: keyof Table & string, offset: number) => WireError {
  return (code, offset) => {
    const [reference, message] = table[code] as Table[string];
    return { code: `${protocol}.${code}`, message, offset, reference };
  };
}
