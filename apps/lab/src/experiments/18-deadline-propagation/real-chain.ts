import { ConnectError } from "@connectrpc/connect";
import { codeName } from "@polywire/rpc";
import type { LogLine } from "@polywire/system";
import { createTap, type Tap } from "@polywire/wire/tap";
import type { RunningSystem } from "../../system/running-system.ts";
import { machineMs } from "../../tap/hop-event.ts";
import { calleeOf, type Hop } from "../../tap/hops.ts";
import { CONTRACT, websocketTypes } from "../../tap/registry.ts";
import { connectWire, type Endpoints } from "../../wires/routes.ts";
import { splitAddress } from "../../wires/split-address.ts";
import type { CallWire } from "../../wires/wire.ts";
import type { Chain, HopWork } from "./chain.ts";
import { orderCall } from "./tapped-calls.ts";

/** Where a call can enter the product's services. */
export const ENTRIES = ["rest", "grpc", "connect", "ws"] as const;
export type Entry = (typeof ENTRIES)[number];

interface Way {
  readonly wire: CallWire;
  readonly address: (endpoints: Endpoints) => string;
  /** From the caller to inventory. */
  readonly hops: readonly [string, ...Hop[]];
}

const BEHIND_ORDERS = ["orders>pricing", "pricing>inventory"] as const;
const WAYS: Readonly<Record<Entry, Way>> = {
  rest: {
    wire: "rest-h1",
    address: ({ gateway }) => gateway,
    hops: ["client>gateway", "gateway>orders", ...BEHIND_ORDERS],
  },
  grpc: { wire: "grpc", address: ({ ordersGrpc }) => ordersGrpc, hops: ["client>orders", ...BEHIND_ORDERS] },
  connect: {
    wire: "connect-json",
    address: ({ ordersConnect }) => ordersConnect,
    hops: ["client>orders", ...BEHIND_ORDERS],
  },
  ws: {
    wire: "ws-json",
    address: ({ realtime }) => realtime,
    hops: ["client>realtime", "realtime>orders", ...BEHIND_ORDERS],
  },
};

/** The hops that a system must have tapped for {@link openRealChain}. */
export const TAPPED = ["gateway>orders", "realtime>orders", ...BEHIND_ORDERS] as const;

/** The product's services as one wire reaches them, with a tap of its own in front. */
export async function openRealChain(entry: Entry, system: RunningSystem, stack: AsyncDisposableStack): Promise<Chain> {
  const { wire, address, hops } = WAYS[entry];
  const token = await system.issueToken({ subject: `deadline-${entry}`, scopes: [] });
  const upstream = splitAddress(address(system.endpoints));
  const ownTap = stack.use(await createTap({ upstream, registry: CONTRACT, websocketTypes }));
  const [first, ...behind] = hops;
  const taps = new Map([[first, ownTap], ...behind.map((hop): [string, Tap] => [hop, system.taps(hop)[0]])]);
  const log = followLog(system, stack);

  const start: Chain["start"] = ({ budgetMs, signal }) => {
    for (const tap of taps.values()) tap.clear();
    const client = connectWire(wire, { ...ownTap.address, token });
    const close = async (): Promise<void> => client[Symbol.asyncDispose]();
    stack.defer(close);
    // A command can't be taken back: its client leaves by closing the socket.
    if (entry === "ws") signal.addEventListener("abort", () => void close(), { once: true });
    const startedAtMs = machineMs();
    const options = { timeoutMs: budgetMs, signal, requestId: crypto.randomUUID() };
    return {
      startedAtMs,
      ended: client.createOrder({ lines: LINES }, options).then(
        () => "OK",
        (error) => codeName(ConnectError.from(error).code),
      ),
      work: () => workOf(taps, startedAtMs, log),
    };
  };
  // Whatever compiles at the first call is compiled.
  const warmUp = await start({ budgetMs: WARM_UP_MS, signal: new AbortController().signal }).ended;
  if (warmUp !== "OK") throw new Error(`an order by ${entry} ended with ${warmUp}`);
  return { start };
}

const WARM_UP_MS = 60_000;
const LINES = [{ sku: "SKU-00001", quantity: 1 }];

/** What a service logs when a handler has ended. */
interface LoggedCall {
  readonly msg: string;
  readonly name: string;
  readonly requestId: string;
  readonly code: string;
  readonly atMs: number;
}

/** The newest calls that services have logged; a call's own lines come within its time. */
const MAX_LOGGED = 1_000;

function followLog(system: RunningSystem, stack: AsyncDisposableStack): readonly LoggedCall[] {
  const logged: LoggedCall[] = [];
  const stop = system.onLog(({ text }: LogLine) => {
    if (!text.includes('"msg":"call"')) return;
    logged.push({ ...(JSON.parse(text) as Omit<LoggedCall, "atMs">), atMs: machineMs() });
    if (logged.length > MAX_LOGGED) logged.shift();
  });
  stack.defer(stop);
  return logged;
}

/** Joins what the taps saw of a call with the line that each service logs when its handler has ended. */
function workOf(taps: ReadonlyMap<string, Tap>, sinceMs: number, log: readonly LoggedCall[]): HopWork[] {
  const calls = [...taps].flatMap(([hop, tap]) => orderCall(hop, tap) ?? []);
  // A WebSocket's frames have no id; what its node asks for has one.
  const requestId = calls.find((call) => call.requestId !== null)?.requestId;
  return calls.map((call) => {
    const hop = calleeOf(call.hop);
    const line = log.find((one) => one.name === hop && one.requestId === requestId);
    return {
      hop,
      toldMs: call.timeoutMs,
      startedMs: call.startedAtMs - sinceMs,
      endedMs: line === undefined ? null : line.atMs - sinceMs,
      code: line?.code ?? null,
    };
  });
}
