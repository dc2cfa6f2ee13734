import { ConnectError } from "@connectrpc/connect";
import { codeName } from "@polywire/rpc";

/** How a call ended, in one word: OK, a canonical code, or what the client's own library says. */
export async function wordFor(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "OK";
  } catch (error) {
    return wordOf(error);
  }
}

/** The word for a failure. Bare clients of HTTP and WebSocket have no codes: theirs are those of Node. */
export function wordOf(error: unknown): string {
  if (error instanceof ConnectError) return codeName(error.code);
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError" || error.name === "AbortError") return "gives up by itself";
  const closed = /closed: (\d+)/.exec(error.message)?.[1];
  if (closed !== undefined) return `closed ${closed}`;
  return "code" in error ? String(error.code) : error.message;
}

/** Counts equal words, in the order of the alphabet: `1 INTERNAL, 5 OK`. */
export function tally(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([word, count]) => `${count} ${word}`)
    .join(", ");
}
