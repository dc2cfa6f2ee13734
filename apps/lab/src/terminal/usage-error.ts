/** What the user asked for makes no sense: the command ends with 2. The message says what would. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
