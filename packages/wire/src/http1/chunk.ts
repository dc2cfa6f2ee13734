/** The line in front of a chunk. */
export interface ChunkLine {
  readonly size: number;
  readonly extensions: string;
}

/** Reads a chunk's size and extensions (RFC 9112 section 7.1); `undefined` when the text is not that. */
export function parseChunkLine(text: string): ChunkLine | undefined {
  const [, digits, extensions = ""] = /^([0-9a-f]{1,16})[ \t]*(?:;(.*))?$/i.exec(text) ?? [];
  const size = Number.parseInt(digits ?? "", 16);
  return Number.isSafeInteger(size) ? { size, extensions } : undefined;
}
