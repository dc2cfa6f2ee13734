/** One server-sent event. */
export interface SseEvent {
  /** Becomes the client's `Last-Event-ID` when it reconnects. Without one the client keeps the id it has. */
  id?: string;
  /** The event's type; clients call listeners of that name. Default: `message`. */
  event?: string;
  /** The payload; line breaks of every kind arrive as "\n". */
  data: string;
}

/**
 * Writes an event as text/event-stream (WHATWG HTML §9.2.5): ends with the blank line that makes the client dispatch it.
 *
 * @throws TypeError when `id` or `event` holds a line break, or `id` a NUL, which clients would misread (§9.2.6).
 */
export function encodeSseEvent({ id, event, data }: SseEvent): string {
  const head =
    (id === undefined ? "" : `id: ${oneLine("id", id)}\n`) +
    (event === undefined ? "" : `event: ${oneLine("event", event)}\n`);
  return `${head}data: ${data.replace(LINE_BREAKS, "\ndata: ")}\n\n`;
}

/** Tells the client how long to wait before it reconnects, in whole milliseconds. */
export function encodeSseRetry(retryMs: number): string {
  if (!Number.isSafeInteger(retryMs) || retryMs < 0) {
    throw new TypeError(`retryMs is ${retryMs}; give whole milliseconds, 0 or more`);
  }
  return `retry: ${retryMs}\n\n`;
}

const LINE_BREAKS = /\r\n|\r|\n/g;

function oneLine(field: string, value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what the rule is about.
  if (/[\r\n\u0000]/.test(value)) {
    throw new TypeError(`the ${field} of a server-sent event holds a line break or NUL`);
  }
  return value;
}
