import { setImmediate } from "node:timers/promises";
import { createTap, type TapEvent } from "@polywire/wire/tap";
import type { Address } from "../../system/front-door.ts";
import { splitAddress } from "../../wires/split-address.ts";
import { callWithGrpcJs, callWithPolywire, type FlowClient, type Reader } from "./flow-clients.ts";
import { startFlowWriter } from "./flow-writer.ts";

/** Who reads a stream, with which client, and whether its writer minds the result of `write()`. */
export interface FlowCell {
  readonly client: "grpc-js" | "@polywire/grpc";
  readonly reader: Reader;
  readonly obey: boolean;
}

/** How far a stream had come at one time. */
export interface FlowSample {
  /** Since the call began. */
  readonly ms: number;
  /** Bytes of messages that `write()` had taken. */
  readonly accepted: number;
  /** Bytes that the reader's window had allowed so far. */
  readonly granted: number;
}

/** What became of a stream. */
export interface Flow extends FlowCell {
  /** What the writer had for it. */
  readonly totalBytes: number;
  /** What `write()` took before the writer had to stop, or had nothing left. */
  readonly acceptedBytes: number;
  /** What of it crossed the wire. */
  readonly sentBytes: number;
  /** What the reader took. */
  readonly readBytes: number;
  /** What the process grew by that holds client, server and tap; whatever else it does counts in. */
  readonly rssBytes: number;
  readonly samples: readonly FlowSample[];
}

/** What is measured, and so that it can be stopped. */
export interface FlowOptions extends FlowCell {
  readonly totalBytes: number;
  readonly signal: AbortSignal;
}

const SAMPLES = 60;
/** Round trips over the same connection in which nothing moves: then nothing will. */
const QUIET_ROUND_TRIPS = 20;
/** A stream that neither ends nor stops is a defect of the measurement. */
const LONGEST_MS = 120_000;

/**
 * Measures one server stream: until its writer has nothing left, or waits for a reader that gives it no more window.
 * Nothing is timed: the windows are seen on the wire.
 */
export async function measureFlow({ totalBytes, signal, ...cell }: FlowOptions): Promise<Flow> {
  const stop = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_MS)]);
  using writer = await startFlowWriter({ obey: cell.obey, totalBytes });
  const wire = createWireView();
  await using tap = await createTap({
    upstream: splitAddress(writer.address),
    maxEvents: 1,
    onEvent: wire.push,
  });
  const before = process.memoryUsage.rss();
  const beganAt = performance.now();
  using client = call(cell, `${tap.address.host}:${tap.address.port}`);
  const samples: FlowSample[] = [];
  const isOver = (): boolean =>
    writer.acceptedBytes >= totalBytes && (cell.reader !== "normal" || client.readBytes >= totalBytes);
  for (let quiet = 0; !isOver() && quiet < QUIET_ROUND_TRIPS; ) {
    const { acceptedBytes: accepted } = writer;
    const { sent, granted } = wire;
    samples.push({ ms: performance.now() - beganAt, accepted, granted });
    // Whatever the client had to say about its window has come before the answer.
    if (quiet > 0) await client.ask();
    else await setImmediate();
    const moved = writer.acceptedBytes !== accepted || wire.sent !== sent || wire.granted !== granted;
    quiet = writer.waits && !moved ? quiet + 1 : 0;
    stop.throwIfAborted();
  }
  const { acceptedBytes } = writer;
  samples.push({ ms: performance.now() - beganAt, accepted: acceptedBytes, granted: wire.granted });
  const rssBytes = process.memoryUsage.rss() - before;
  const { readBytes } = client;
  return { ...cell, totalBytes, acceptedBytes, sentBytes: wire.sent, readBytes, rssBytes, samples: thin(samples) };
}

function call({ client, reader }: FlowCell, address: Address): FlowClient {
  if (client === "grpc-js") return callWithGrpcJs(address, reader);
  if (reader !== "unread") throw new RangeError(`${client} is measured unread, not ${reader}`);
  return callWithPolywire(address);
}

/** Follows the stream on the wire: what was sent on it, and what its window allowed. */
function createWireView() {
  const state = { sent: 0, granted: 0 };
  return {
    push({ layer, event }: TapEvent): void {
      if (layer !== "http2" || event.type !== "frame" || event.frame.streamId !== STREAM) return;
      const { frame, windows } = event;
      if (windows?.of !== "server" || windows.stream === null) return;
      if (frame.type === "DATA") state.sent += frame.length;
      state.granted = state.sent + windows.stream;
    },
    get sent() {
      return state.sent;
    },
    get granted() {
      return state.granted;
    },
  };
}

/** The first call of a connection. */
const STREAM = 1;

/** So many that a picture can be drawn of them, the last one among them. */
function thin(samples: readonly FlowSample[]): FlowSample[] {
  const step = Math.max(1, samples.length / SAMPLES);
  const kept = samples.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
  const last = samples.at(-1);
  return last === undefined || kept.at(-1) === last ? kept : [...kept, last];
}
