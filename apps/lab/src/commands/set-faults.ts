import { styleText } from "node:util";
import { readFault } from "@polywire/wire/faults";
import type { LabConfig } from "../config.ts";
import { createFaultClient, type FaultClient } from "../faults/fault-client.ts";
import type { SetFault } from "../faults/fault-desk.ts";
import { findRun } from "../system/find-run.ts";
import { HOPS, isHop } from "../tap/hops.ts";
import { formatWhole } from "../terminal/table.ts";
import { UsageError } from "../terminal/usage-error.ts";

/** The flags of `lab faults set`, `list` and `lift`. */
export interface SetFaultsFlags {
  readonly json?: boolean;
}

/** What is to be set. */
export interface FaultArguments {
  readonly hop: string;
  readonly fault: string;
  /** `name=value`. */
  readonly settings: readonly string[];
}

/** Sets a fault on a hop of the running system. */
export async function setFault(
  config: LabConfig,
  { hop, fault, settings }: FaultArguments,
  flags: SetFaultsFlags,
): Promise<number> {
  if (!isHop(hop)) throw new UsageError(`the hops are ${HOPS.join(", ")}`);
  const named = Object.fromEntries(settings.map(splitSetting));
  try {
    readFault(fault, named);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message);
    throw error;
  }
  const set = await (await deskOf(config)).set(hop, fault, named);
  print([set], flags, "npm run lab -- faults list shows what it does, faults lift takes it away");
  return 0;
}

/** Shows the faults that are set on the running system, and what they have done. */
export async function listFaults(config: LabConfig, flags: SetFaultsFlags): Promise<number> {
  const list = await (await deskOf(config)).list();
  print(list, flags, list.length === 0 ? "no fault is set" : undefined);
  return 0;
}

/** Lifts one fault of the running system, or all of them. */
export async function liftFaults(config: LabConfig, id: number | undefined, flags: SetFaultsFlags): Promise<number> {
  const lifted = await (await deskOf(config)).lift(id);
  print(lifted, flags, lifted.length === 0 ? "no fault is set" : "lifted");
  return 0;
}

async function deskOf({ home }: LabConfig): Promise<FaultClient> {
  const { tap } = await findRun(home);
  if (tap === null) throw new Error("the running system has no taps: start it with `npm run lab -- up --tap`");
  return createFaultClient(tap);
}

function splitSetting(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new UsageError(`write settings as name=value, got ${text}`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** The faults on standard output, the note on standard error. */
function print(list: readonly SetFault[], { json = false }: SetFaultsFlags, note: string | undefined): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(list)}\n`);
    return;
  }
  for (const { id, hop, fault, counts } of list) {
    const { kind, ...settings } = fault;
    const told = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
    const times = counts.strikes === 1 ? "once" : `${formatWhole(counts.strikes)} times`;
    const did = `struck ${times}, ${formatWhole(counts.bytes)} bytes`;
    process.stdout.write(`${id}  ${hop}  ${styleText("bold", kind)} ${told.join(" ")}  ${styleText("dim", did)}\n`);
  }
  if (note !== undefined) process.stderr.write(`${note}\n`);
}
