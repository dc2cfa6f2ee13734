import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject } from "@bufbuild/protobuf";
import type { Tap, TapEvent, TapRecord } from "@polywire/wire/tap";
import type { Address } from "../system/front-door.ts";
import type { Route } from "../wires/routes.ts";
import type { CallWire } from "../wires/wire.ts";
import { AFTERMATH_MS, attributeSql, type JourneySql } from "./attribute-sql.ts";
import { type CallRecord, readCalls } from "./call-record.ts";
import { type HopEvent, hopEvent, machineMs } from "./hop-event.ts";
import { HOPS } from "./hops.ts";
import { type Journey, journeyOf, ofJourney } from "./journey.ts";
import { type CallableMethod, type CallResult, openCaller, settleCall } from "./make-call.ts";
import { tapAddress } from "./open-taps.ts";
import { readTransactions } from "./read-transactions.ts";
import { readTaps } from "./tap-client.ts";
import { readCommands } from "./websocket-commands.ts";

/** A call to be made and watched. */
export interface TraceOptions {
  readonly method: CallableMethod;
  readonly request: JsonObject;
  readonly wire: CallWire;
  readonly route: Route;
  readonly token: string;
  readonly timeoutMs: number;
}

/** What became of it. */
export interface TracedCall extends CallResult {
  readonly durationMs: number;
  /** The hop that was tapped, for example `client>envoy`. */
  readonly hop: string;
  /** What the tap saw there. */
  readonly events: readonly HopEvent[];
  /** The same with its bytes. */
  readonly records: readonly TapRecord[];
}

/** A wire that ignores the deadline gets this much more, and is given up then. */
const GRACE_MS = 1000;

/** Makes one call through a tap of its own on the client's hop. */
export async function traceCall({ method, request, wire, route, token, timeoutMs }: TraceOptions): Promise<TracedCall> {
  await using tap = await tapAddress(route.address);
  using call = openCaller(method, wire, { ...tap.address, token });
  const hop = `client>${route.hops[0]}`;
  const startedAt = performance.now();
  const signal = AbortSignal.timeout(timeoutMs + GRACE_MS);
  const result = await settleCall(call(request, { timeoutMs, signal, requestId: randomUUID() }));
  const durationMs = performance.now() - startedAt;
  // A caller that gave up knows it before its reset is on the wire.
  if (result.error !== null) await untilEnded(tap);
  const events = tap.events().map((event) => hopEvent(hop, event));
  return { ...result, durationMs, hop, events, records: tap.records() };
}

async function untilEnded(tap: Tap): Promise<void> {
  const isEnd = ({ layer, event: { type } }: TapEvent): boolean =>
    layer === "call" && (type === "cancel" || type === "end");
  await tap.until(isEnd, AbortSignal.timeout(SETTLE_MS)).catch(() => undefined);
}

/** The client's own call, as its tap saw it. Throws when there was none. */
export function clientCall({ events, hop }: TracedCall): CallRecord {
  const [command] = readCommands(events);
  const call = command ?? readCalls(events)[0];
  if (call === undefined) throw new Error(`no call came over ${hop}`);
  return call;
}

/** How long to wait for the other hops to end what was cancelled on the first. */
const SETTLE_MS = 1000;
const SETTLE_STEP_MS = 20;

/** A call on every hop, and what the taps behind the client's saw of it. */
export interface TracedJourney {
  readonly journey: Journey;
  readonly sql: JourneySql;
  readonly events: readonly HopEvent[];
}

/** The same call on every other hop of a tapped run: its calls, and the events that belong to them. */
export async function traceJourney(first: CallRecord, taps: Address): Promise<TracedJourney> {
  const hops = HOPS.filter((hop) => !hop.startsWith("client>"));
  const giveUpAt = performance.now() + SETTLE_MS;
  for (;;) {
    const events = await readTaps(taps, { hops, since: first.startedAtMs });
    const records = [...readCalls(events), ...readCommands(events)].sort((a, b) => a.startedAtMs - b.startedAtMs);
    const journey = journeyOf(first, records);
    const isOver = journey.every(({ endedAtMs }) => endedAtMs !== null);
    if (!isOver && performance.now() < giveUpAt) {
      await sleep(SETTLE_STEP_MS);
      continue;
    }
    const sql = await traceSql(journey, taps);
    return { journey, sql, events: ofJourney(journey, events) };
  }
}

/** How far back the services' own work is looked at, to tell it from that of calls. */
const BEFORE_MS = 30_000;

/** The SQL of a journey. Of a call that was given up, what comes in its aftermath too. */
async function traceSql(journey: Journey, taps: Address): Promise<JourneySql> {
  const [first] = journey;
  const givenUpAtMs = journey.flatMap(({ cancelledBy, endedAtMs }) => (cancelledBy === null ? [] : [endedAtMs ?? 0]));
  const aftermathMs = Math.max(...givenUpAtMs, Number.NEGATIVE_INFINITY) + AFTERMATH_MS - machineMs();
  if (aftermathMs > 0) await sleep(aftermathMs);
  const events = await readTaps(taps, { hops: HOPS, since: first.startedAtMs - BEFORE_MS });
  return attributeSql(journey, { calls: readCalls(events), transactions: readTransactions(events) });
}
