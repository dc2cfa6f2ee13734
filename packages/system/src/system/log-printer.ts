import type { LogSink } from "../process/log-lines.ts";

/** Where and how log lines are printed. */
export interface LogPrinterOptions {
  /** Takes the finished line, line end included. */
  readonly write: (text: string) => void;
  /** A colour for each process; say false unless `write` leads to a terminal. Default false. */
  readonly colour?: boolean;
  /** Width of the column of names. Default 12; longer names push their own lines to the right. */
  readonly nameWidth?: number;
}

/** Foreground colours that are readable on light and dark backgrounds (ECMA-48 SGR). */
const COLOURS = [36, 33, 35, 32, 34, 31];

/** A sink that prints each line behind the name of its process: `realtime-2   │ listening`. */
export function createLogPrinter({ write, colour = false, nameWidth = 12 }: LogPrinterOptions): LogSink {
  const colourOf = new Map<string, number>();
  return ({ process: name, text }) => {
    const prefix = `${name.padEnd(nameWidth)} │`;
    if (!colour) return write(`${prefix} ${text}\n`);
    const code = colourOf.get(name) ?? COLOURS[colourOf.size % COLOURS.length] ?? 0;
    colourOf.set(name, code);
    write(`\u001b[${code}m${prefix}\u001b[0m ${text}\n`);
  };
}
