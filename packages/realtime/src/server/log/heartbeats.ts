import type { Cursor } from "@polywire/contract/polywire/type/v1/cursor";
import type { LogMessage } from "./event-log.ts";

/**
 * Passes a reading on and adds a heartbeat with the last position whenever nothing came for `intervalMs`. For logs
 * whose source is silent while nothing happens: what is silent for longer is broken.
 */
export async function* withHeartbeats(
  messages: AsyncIterable<LogMessage>,
  intervalMs: number,
): AsyncGenerator<LogMessage> {
  const iterator = messages[Symbol.asyncIterator]();
  let position: Cursor | undefined;
  let next = iterator.next();
  try {
    while (true) {
      const result = await orSilence(next, intervalMs);
      if (result === "silence") {
        if (position !== undefined) {
          yield { kind: "heartbeat", cursor: position };
        }
        continue;
      }
      if (result.done === true) {
        return;
      }
      position = result.value.kind === "event" ? (result.value.event.cursor ?? position) : result.value.cursor;
      yield result.value;
      next = iterator.next();
    }
  } finally {
    // A source that waits for its next event answers only when it ends: its signal, not this call, stops it.
    void iterator.return?.();
    next.catch(() => undefined);
  }
}

async function orSilence<T>(next: Promise<T>, intervalMs: number): Promise<T | "silence"> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<"silence">((resolve) => {
    timer = setTimeout(resolve, intervalMs, "silence");
  });
  try {
    return await Promise.race([next, silence]);
  } finally {
    clearTimeout(timer);
  }
}
