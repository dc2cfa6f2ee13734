import { type CallRecord, callTitle } from "./call-record.ts";
import type { HopEvent } from "./hop-event.ts";
import { calleeOf, callerOf } from "./hops.ts";

/** One call of a client and every call that it led to, in the order in which they began. */
export type Journey = readonly [CallRecord, ...CallRecord[]];

/**
 * Finds the calls that belong to `first`: those with its request id, also when they began after it was given up. Where a
 * hop carries none, as a WebSocket does, the first gRPC call of the same name that was made meanwhile tells the id.
 */
export function journeyOf(first: CallRecord, records: readonly CallRecord[]): Journey {
  const behind = records.filter((record) => record !== first && record.startedAtMs >= first.startedAtMs);
  const meanwhile = behind.filter(({ startedAtMs }) => startedAtMs <= (first.endedAtMs ?? Number.POSITIVE_INFINITY));
  const requestId = first.style === "websocket" ? idBehind(meanwhile, callTitle(first)) : first.requestId;
  const isSame = (record: CallRecord): boolean =>
    (requestId !== null && record.requestId === requestId) || isSameCommand(record, first);
  return [first, ...behind.filter(isSame)];
}

function idBehind(records: readonly CallRecord[], title: string): string | null {
  return records.find((record) => record.style === "grpc" && callTitle(record) === title)?.requestId ?? null;
}

/** The same frame seen on another hop: it keeps its number. */
function isSameCommand(record: CallRecord, first: CallRecord): boolean {
  const { style, path, call } = record;
  return style === "websocket" && style === first.style && path === first.path && call === first.call;
}

/** Every part of the system that a journey touches, callers before callees. */
export function partsOf(journey: Journey): string[] {
  const parts = new Set<string>();
  for (const { hop } of journey) {
    parts.add(callerOf(hop));
    parts.add(calleeOf(hop));
  }
  return [...parts];
}

/** The events that belong to a journey's calls, those of connections as a whole left out. */
export function ofJourney(journey: Journey, events: readonly HopEvent[]): HopEvent[] {
  const calls = new Set(journey.map(({ hop, connection, call }) => `${hop} ${connection} ${call}`));
  return events.filter((event) => calls.has(`${event.hop} ${event.connection} ${callOf(event)}`));
}

function callOf(seen: HopEvent): number | null | undefined {
  switch (seen.layer) {
    case "call":
      return seen.event.call;
    case "http1":
      return "exchange" in seen.event ? seen.event.exchange : undefined;
    case "http2":
      return seen.event.type === "frame" ? seen.event.frame.streamId : seen.event.streamId;
    case "postgres":
      return "id" in seen.event ? seen.event.id : undefined;
    case "nats":
    case "tcp":
    case "websocket":
      return undefined;
  }
}
