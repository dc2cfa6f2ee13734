import { createParser } from "eventsource-parser";
import type { Address } from "../system/front-door.ts";
import type { HopEvent } from "./hop-event.ts";

/** Which events are asked for. */
export interface TapQuery {
  readonly hops?: readonly string[];
  /** On the clock of `machineMs`. */
  readonly since?: number;
}

/** What the taps of a running system have kept. */
export async function readTaps(address: Address, query: TapQuery): Promise<HopEvent[]> {
  const response = await fetch(urlOf(address, "/events", query));
  if (!response.ok) throw new Error(`the taps of the running system answered ${response.status}`);
  const lines = (await response.text()).split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line));
}

/** What {@link followTaps} tells. */
export interface TapFollower {
  readonly onEvent: (event: HopEvent) => void;
  /** This reader was too slow: so many events were left out. */
  readonly onLeftOut: (count: number) => void;
  readonly signal: AbortSignal;
}

/** The same and everything that follows, until the system stops or `signal` aborts. */
export async function followTaps(address: Address, query: TapQuery, follower: TapFollower): Promise<void> {
  const { onEvent, onLeftOut, signal } = follower;
  const response = await fetch(urlOf(address, "/live", query), { signal });
  if (!response.ok || response.body === null) throw new Error(`the taps answered ${response.status}`);
  const parser = createParser({
    onEvent: ({ event, data }) => (event === "left-out" ? onLeftOut(Number(data)) : onEvent(JSON.parse(data))),
  });
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) parser.feed(text);
}

function urlOf(address: Address, path: string, { hops = [], since }: TapQuery): URL {
  const url = new URL(`http://${address}${path}`);
  for (const hop of hops) url.searchParams.append("hop", hop);
  if (since !== undefined) url.searchParams.set("since", String(since));
  return url;
}
