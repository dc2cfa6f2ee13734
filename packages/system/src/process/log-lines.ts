import type { Readable } from "node:stream";

/** One line that a supervised process wrote. */
export interface LogLine {
  /** Label of the process: `realtime-2`, `postgres`. */
  readonly process: string;
  readonly stream: "stdout" | "stderr";
  /** Without the line end. */
  readonly text: string;
}

/** Takes every line as it is written. Must not throw. */
export type LogSink = (line: LogLine) => void;

/** The newest lines of a process, for the message when it fails. */
export interface LogTail {
  readonly push: (text: string) => void;
  readonly lines: () => readonly string[];
}

/** Longest line kept, in UTF-16 units; the rest of a longer one is cut and marked. */
export const MAX_LINE_LENGTH = 8_192;

/** Keeps the newest `maxLines` lines; older ones are dropped. */
export function createLogTail(maxLines: number): LogTail {
  let kept: string[] = [];
  return {
    push: (text) => {
      kept.push(text);
      if (kept.length > maxLines * 2) kept = kept.slice(-maxLines);
    },
    lines: () => kept.slice(-maxLines),
  };
}

/** Calls `onLine` for each line of a UTF-8 stream; an unfinished last line counts. Resolves at the end of the stream. */
export function readLines(stream: Readable, onLine: (text: string) => void): Promise<void> {
  const splitter = createLineSplitter(onLine);
  stream.setEncoding("utf8");
  return new Promise((resolve) => {
    stream.on("data", splitter.push);
    stream.on("error", () => {});
    stream.on("close", () => {
      splitter.end();
      resolve();
    });
  });
}

/** Splits text that arrives in any pieces into lines no longer than {@link MAX_LINE_LENGTH}. */
export function createLineSplitter(onLine: (text: string) => void): {
  push: (piece: string) => void;
  end: () => void;
} {
  let rest = "";
  const emit = (text: string): void => {
    const line = text.endsWith("\r") ? text.slice(0, -1) : text;
    onLine(line.length > MAX_LINE_LENGTH ? `${line.slice(0, MAX_LINE_LENGTH)} … (cut)` : line);
  };
  return {
    push: (piece) => {
      const lines = (rest + piece).split("\n");
      // One more unit than the longest line shows that it was longer; the surplus need not be held.
      rest = (lines.pop() ?? "").slice(0, MAX_LINE_LENGTH + 1);
      lines.forEach(emit);
    },
    end: () => {
      if (rest !== "") emit(rest);
      rest = "";
    },
  };
}
