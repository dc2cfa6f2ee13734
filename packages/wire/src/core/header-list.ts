/** Header fields as the HPACK and HTTP/1.1 decoders give them, names in lower case. */
export type HeaderList = Iterable<{ readonly name: string | null; readonly value: string | null }>;

/** The value of the first field of this name; `null`: it is there but unknown; `undefined`: it is not there. */
export function headerValue(fields: HeaderList, name: string): string | null | undefined {
  for (const field of fields) if (field.name === name) return field.value;
  return undefined;
}
