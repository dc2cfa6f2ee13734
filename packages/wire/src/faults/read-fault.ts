import { ERROR_CODES } from "../http2/index.ts";
import type { Fault, FaultKind } from "./fault.ts";
import { checkFault } from "./options.ts";

/** What a fault of each kind can be told besides what all can; what ends in `!` it must be. */
const SETTINGS: Readonly<Record<FaultKind, readonly string[]>> = {
  latency: ["ms!", "jitterMs", "direction"],
  bandwidth: ["bytesPerSecond!", "direction"],
  slice: ["bytes!", "gapMs", "direction"],
  freeze: ["direction"],
  withhold: ["from", "direction"],
  cut: ["afterBytes", "afterMs", "direction"],
  reset: ["afterBytes", "afterMs", "direction"],
  "half-open": [],
  "stall-stream": ["path", "stream", "direction"],
  "withhold-window-update": ["path", "stream", "direction"],
  goaway: ["errorCode"],
  "rst-stream": ["path", "stream", "errorCode", "at"],
  "drop-message": ["path", "stream", "index", "direction"],
  "corrupt-message": ["path", "stream", "index", "direction"],
  "cut-reply": ["path", "how"],
  "buffer-sse": ["path", "bytes"],
  "swallow-pongs": ["direction"],
};
const COMMON = ["connection", "times", "probability", "forMs"];

/** Faults of bytes, which can go both ways at once. */
const BOTH_WAYS: ReadonlySet<string> = new Set([
  "latency",
  "bandwidth",
  "slice",
  "freeze",
  "withhold",
  "cut",
  "reset",
] satisfies FaultKind[]);

/** Every kind of fault. */
export const FAULT_KINDS = Object.keys(SETTINGS) as readonly FaultKind[];

/**
 * Makes a fault of what a command line or another program says: names and values as text or JSON has them.
 *
 * @throws RangeError saying what is wrong and what would be right.
 */
export function readFault(kind: string, settings: Readonly<Record<string, unknown>>): Fault {
  if (!isKind(kind)) throw new RangeError(`${kind} is no fault: choose one of ${FAULT_KINDS.join(", ")}`);
  const own = SETTINGS[kind];
  const known = [...own.map((name) => name.replace("!", "")), ...COMMON];
  for (const name of Object.keys(settings)) {
    if (!known.includes(name)) throw new RangeError(`${kind} has no ${name}: it has ${known.join(", ")}`);
  }
  for (const name of own.flatMap((one) => (one.endsWith("!") ? [one.slice(0, -1)] : []))) {
    if (settings[name] === undefined) throw new RangeError(`${kind} needs ${name}`);
  }
  const read = Object.entries(settings).map(([name, value]) => [name, readSetting(kind, name, value)]);
  const fault = { kind, ...Object.fromEntries(read) } as Fault;
  checkFault(fault);
  return fault;
}

function isKind(text: string): text is FaultKind {
  return Object.hasOwn(SETTINGS, text);
}

function readSetting(kind: FaultKind, name: string, value: unknown): number | string {
  const text = String(value);
  const choices = choicesOf(kind, name);
  if (choices !== undefined && !choices.includes(text)) {
    throw new RangeError(`${name} is one of ${choices.join(", ")}, got ${text}`);
  }
  if (choices !== undefined || name === "path") return text;
  const number = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isNaN(number)) throw new RangeError(`${name} is a number, got ${text}`);
  return number;
}

function choicesOf(kind: FaultKind, name: string): readonly string[] | undefined {
  switch (name) {
    case "direction":
      return BOTH_WAYS.has(kind) ? ["up", "down", "both"] : ["up", "down"];
    case "errorCode":
      return ERROR_CODES;
    case "at":
      return ["request", "reply"];
    case "how":
      return ["reset", "close"];
    default:
      return undefined;
  }
}
