import { styleText } from "node:util";

/** Tells a person what is going on; the detail is worth no line of its own. */
export type Progress = (message: string, detail?: string) => void;

/**
 * A line on standard error that says what is going on: rewritten in place on a terminal; elsewhere one line for each
 * message, without the details. Disposing clears it.
 */
export interface Status extends Disposable {
  readonly show: Progress;
  /** Writes text above the line. */
  print(text: string): void;
  clear(): void;
}

const CLEAR_LINE = "\r\u001b[2K";

/** The status line of this process. */
export function createStatus(stream: NodeJS.WriteStream = process.stderr): Status {
  const live = stream.isTTY === true;
  let shown = "";
  const draw = (): void => {
    if (live && shown !== "") stream.write(styleText("dim", `… ${shown}`.slice(0, stream.columns - 1), { stream }));
  };
  const clear = (): void => {
    if (live) stream.write(CLEAR_LINE);
  };
  const forget = (): void => {
    shown = "";
    clear();
  };
  return {
    show: (message, detail) => {
      const text = live && detail !== undefined ? `${message}: ${detail}` : message;
      if (text === shown) return;
      shown = text;
      clear();
      if (live) draw();
      else stream.write(`… ${message}\n`);
    },
    print: (text) => {
      clear();
      stream.write(text);
      draw();
    },
    clear: forget,
    [Symbol.dispose]: forget,
  };
}
