import { styleText } from "node:util";
import type { LabConfig } from "../config.ts";
import { startPolywire } from "../system/running-system.ts";
import { printAddresses } from "../terminal/addresses.ts";
import { createStatus } from "../terminal/status.ts";
import { type SystemFlags, startOptions } from "./start-options.ts";
import { stopSignal, untilRequest, untilStopped } from "./stop-signal.ts";

/** Starts everything and stays until it is stopped, without comparing. With `json`, one line when ready. */
export async function up(config: LabConfig, flags: SystemFlags & { readonly json?: boolean }): Promise<number> {
  using status = createStatus();
  const signal = stopSignal();
  await using system = await startPolywire({
    ...startOptions(config, flags, { signal, status }),
    faults: true,
  });
  status.clear();
  const ready = { ready: true, startMs: system.startMs, parts: system.versions, ...system.run };
  process.stdout.write(
    flags.json
      ? `${JSON.stringify(ready)}\n`
      : `${printAddresses(system)}\n${tapped(flags)}\n${styleText("dim", "Running until Ctrl-C.")}\n`,
  );
  return await untilRequest(Promise.race([system.failure, untilStopped(signal)]));
}

function tapped({ tap = [] }: SystemFlags): string {
  if (tap.length === 0) return "";
  const what = tap.length === 1 ? `The hop ${tap[0]} is` : `${tap.length} hops are`;
  return `\n${what} tapped: npm run lab -- tap --follow, npm run lab -- call CreateOrder --tap\n`;
}
