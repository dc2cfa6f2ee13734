/**
 * SQL without its passwords. SQL is not parsed, so everything is left out from the first literal behind the word on, and
 * at once where it is set with `=`: rather too much than too little.
 */
export function redactPasswords(sql: string): string {
  const word = /\bpassword\b(\s*=)?/i.exec(sql);
  if (word === null) return sql;
  const end = word.index + word[0].length;
  // A parameter, `$1`, holds no secret: its value is not in the text.
  const literal = word[1] === undefined ? sql.slice(end).search(/'|\$(?!\d)/) : 0;
  return literal < 0 ? sql : `${sql.slice(0, end + literal)}[redacted]`;
}
