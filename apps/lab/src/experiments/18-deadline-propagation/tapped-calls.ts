import type { Tap } from "@polywire/wire/tap";
import { type CallRecord, readCalls } from "../../tap/call-record.ts";
import { hopEvent } from "../../tap/hop-event.ts";
import { readCommands } from "../../tap/websocket-commands.ts";

const METHODS = /(\/v1\/orders|CreateOrder|QuoteOrder|CheckAvailability)$/;

/** The call for an order, or the command, that a tap has seen since its `clear()`. */
export function orderCall(hop: string, tap: Pick<Tap, "events">): CallRecord | undefined {
  const events = tap.events().map((event) => hopEvent(hop, event));
  return [...readCalls(events), ...readCommands(events)].find(({ path }) => path !== null && METHODS.test(path));
}
