import { createTap, type TapEvent } from "@polywire/wire/tap";
import type { Address } from "../../system/front-door.ts";
import { splitAddress } from "../../wires/split-address.ts";
import { holdsIf, type Verdict } from "../framework/verdicts.ts";
import { connectOrders, type Mode } from "./modes.ts";

/** A frame of a stream, as the picture shows it. */
export interface LaneFrame {
  readonly from: "client" | "server";
  readonly kind: "headers" | "data" | "trailers" | "reset";
  /** Messages that end in it. */
  readonly messages: number;
  /** Its sender says no more. */
  readonly last: boolean;
}

/** What one mode showed on the wire. */
export interface ModeSeen extends Omit<Mode, "call"> {
  /** Streams of the connection. */
  readonly streams: number;
  /** Messages from the client and from the server. */
  readonly sent: number;
  readonly received: number;
  /** Header fields of request, response and trailers, but for those that name the method, the server and the time. */
  readonly headers: readonly string[];
  readonly frames: readonly LaneFrame[];
}

/** Calls once in this mode, over a connection of its own, and tells what was seen on it. */
export async function watchMode(address: Address, { call, ...mode }: Mode): Promise<ModeSeen> {
  await using tap = await createTap({ upstream: splitAddress(address) });
  using orders = connectOrders(`${tap.address.host}:${tap.address.port}`);
  await call(orders.client);
  return { ...mode, ...readStreams(tap.events()) };
}

const OF_THE_CALL: ReadonlySet<string> = new Set([":path", ":authority", "date"]);

function readStreams(events: readonly TapEvent[]) {
  const streams = new Set<number>();
  const messages = { client: 0, server: 0 };
  const headers: string[] = [];
  const frames: { -readonly [Key in keyof LaneFrame]: LaneFrame[Key] }[] = [];
  for (const { layer, event } of events) {
    if (layer === "call" && event.type === "message") {
      messages[event.from] += 1;
      const frame = frames.at(-1);
      if (frame !== undefined) frame.messages += 1;
    }
    if (layer !== "http2" || event.type === "error" || event.type === "stream") continue;
    if (event.type === "headers") {
      const { from, kind, endStream, block, streamId } = event;
      streams.add(streamId);
      const fields = (block?.fields ?? []).filter(({ name }) => !OF_THE_CALL.has(name ?? ""));
      headers.push(`${kind}: ${fields.map(({ name, value }) => `${name}=${value}`).join(", ")}`);
      frames.push({ from, kind: kind === "trailers" ? kind : "headers", messages: 0, last: endStream });
    } else if (event.frame.type === "DATA") {
      frames.push({ from: event.from, kind: "data", messages: 0, last: event.frame.endStream });
    } else if (event.frame.type === "RST_STREAM") {
      frames.push({ from: event.from, kind: "reset", messages: 0, last: true });
    }
  }
  return { streams: streams.size, sent: messages.client, received: messages.server, headers, frames };
}

/** Claim 17.1: what the four modes have in common, and where they differ. */
export function modesClaim(modes: readonly ModeSeen[], oneByOne: ModeSeen): Verdict {
  const right = modes.filter(({ streams, requests, responses, sent, received }) => {
    return streams === 1 && sent === requests && received === responses;
  });
  const kinds = new Set(modes.map(({ headers }) => headers.join("\n")));
  const counts = modes.map(({ method, sent, received }) => `${method} ${sent}:${received}`).join(", ");
  return holdsIf(
    modes.length === 4 && right.length === modes.length && kinds.size === 1,
    `${right.length} of ${modes.length} modes take one stream and send as many messages as they say (${counts}); their header fields and trailers ${kinds.size === 1 ? "are the same, but for the path" : `are of ${kinds.size} kinds`}`,
    [
      {
        name: "the same orders by unary calls",
        bit: oneByOne.streams > 1 && oneByOne.streams === oneByOne.sent,
        because: `${oneByOne.streams} streams for ${oneByOne.sent} messages`,
      },
    ],
  );
}
