import { basename } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { LabConfig } from "../config.ts";
import { findRun } from "../system/find-run.ts";
import { drawHops } from "../tap/draw-hops.ts";
import type { HopEvent } from "../tap/hop-event.ts";
import { tapPage } from "../tap/html/tap-page.ts";
import { writePage } from "../tap/html/write-page.ts";
import { importCapture } from "../tap/import-capture.ts";
import { createHopPrinter, type HopPrinter } from "../tap/print-hops.ts";
import { followTaps, readTaps } from "../tap/tap-client.ts";
import { printable } from "../terminal/printable.ts";
import { Stopped, stopSignal } from "./stop-signal.ts";

/** The flags of `lab tap`. */
export interface TapFlags {
  readonly hop?: readonly string[];
  readonly follow?: boolean;
  readonly frames?: boolean;
  readonly filter?: string;
  readonly json?: boolean;
  readonly html?: string;
  readonly import?: string;
  readonly lanes?: boolean;
}

/**
 * Shows what the taps of the running system have kept, and with `follow` what they see from then on; or with `import` what
 * a capture shows, for which nothing needs to run.
 */
export async function tap(config: LabConfig, flags: TapFlags): Promise<number> {
  const { hop: hops = [], follow = false, frames = false, filter = "", json = false } = flags;
  // `lab tap | head`: who reads no more has seen enough.
  process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => process.exit(code === "EPIPE" ? 0 : 1));
  const lines = (draw: HopPrinter) => (event: HopEvent) => {
    for (const line of json ? [JSON.stringify(event)] : draw(printable(event))) {
      if (stripVTControlCharacters(line).includes(filter)) process.stdout.write(`${line}\n`);
    }
  };
  const showAll = async (title: string, events: readonly HopEvent[], draw: HopPrinter): Promise<number> => {
    if (flags.html !== undefined) await writePage(flags.html, tapPage(title, events));
    else if (flags.lanes === true) process.stdout.write(`${drawHops(events.map(printable))}\n`);
    else events.forEach(lines(draw));
    return 0;
  };
  if (flags.import !== undefined) {
    const { events, summary } = await importCapture(flags.import);
    process.stderr.write(summary.map((line) => `${line}\n`).join(""));
    return showAll(`What ${basename(flags.import)} shows`, events, createHopPrinter({ frames, offsetMs: 0 }));
  }
  const { tap: address } = await findRun(config.home);
  if (address === null) throw new Error("the running system has no taps: start it with `npm run lab -- up --tap`");
  const draw = createHopPrinter({ frames });
  if (!follow) return showAll("What the taps saw", await readTaps(address, { hops }), draw);
  const signal = stopSignal();
  const onLeftOut = (count: number): void => {
    process.stderr.write(`! ${count} events were left out: this reader is too slow\n`);
  };
  try {
    await followTaps(address, { hops }, { onEvent: lines(draw), onLeftOut, signal });
    return 0;
  } catch (error) {
    // Ctrl-C is how following ends, and so is the end of the system.
    if (signal.aborted || error instanceof Stopped) return 0;
    if (error instanceof TypeError) throw new Error("the running system has stopped", { cause: error });
    throw error;
  }
}
