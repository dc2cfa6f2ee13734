/** Columns that texts for people are laid out for. */
export const TEXT_COLUMNS = 80;

/** Breaks a plain text between words so that no line is wider than `columns`, unless a single word is. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
