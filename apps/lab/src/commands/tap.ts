import { stripVTControlCharacters } from "node:util";
import type { LabConfig } from "../config.ts";
import { findRun } from "../system/find-run.ts";
import { drawHops } from "../tap/draw-hops.ts";
import type { HopEvent } from "../tap/hop-event.ts";
import { tapPage } from "../tap/html/tap-page.ts";
import { writePage } from "../tap/html/write-page.ts";
import { createHopPrinter } from "../tap/print-hops.ts";
import { followTaps, readTaps } from "../tap/tap-client.ts";
import { Stopped, stopSignal } from "./stop-signal.ts";

/** The flags of `lab tap`. */
export interface TapFlags {
  readonly hop?: readonly string[];
  readonly follow?: boolean;
  readonly frames?: boolean;
  readonly filter?: string;
  readonly json?: boolean;
  readonly html?: string;
  readonly lanes?: boolean;
}

/** Shows what the taps of the running system have kept, and with `follow` what they see from then on. */
export async function tap(config: LabConfig, flags: TapFlags): Promise<number> {
  const { hop: hops = [], follow = false, frames = false, filter = "", json = false } = flags;
  const { tap: address } = await findRun(config.home);
  if (address === null) throw new Error("the running system has no taps: start it with `npm run lab -- up --tap`");
  // `lab tap | head`: who reads no more has seen enough.
  process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => process.exit(code === "EPIPE" ? 0 : 1));
  const draw = createHopPrinter({ frames });
  const show = (event: HopEvent): void => {
    for (const line of json ? [JSON.stringify(event)] : draw(event)) {
      if (stripVTControlCharacters(line).includes(filter)) process.stdout.write(`${line}\n`);
    }
  };
  if (!follow) {
    const kept = await readTaps(address, { hops });
    if (flags.html !== undefined) await writePage(flags.html, tapPage(kept));
    else if (flags.lanes === true) process.stdout.write(`${drawHops(kept)}\n`);
    else kept.forEach(show);
    return 0;
  }
  const signal = stopSignal();
  const onLeftOut = (count: number): void => {
    process.stderr.write(`! ${count} events were left out: this reader is too slow\n`);
  };
  try {
    await followTaps(address, { hops }, { onEvent: show, onLeftOut, signal });
    return 0;
  } catch (error) {
    // Ctrl-C is how following ends, and so is the end of the system.
    if (signal.aborted || error instanceof Stopped) return 0;
    if (error instanceof TypeError) throw new Error("the running system has stopped", { cause: error });
    throw error;
  }
}
