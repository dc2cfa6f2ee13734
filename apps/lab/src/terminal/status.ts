import { styleText } from "node:util";

/** A line on standard error that says what is going on: rewritten in place on a terminal, one line each elsewhere. */
export interface Status {
  show(message: string): void;
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
  return {
    show: (message) => {
      if (message === shown) return;
      shown = message;
      clear();
      if (live) draw();
      else stream.write(`… ${message}\n`);
    },
    print: (text) => {
      clear();
      stream.write(text);
      draw();
    },
    clear: () => {
      shown = "";
      clear();
    },
  };
}
