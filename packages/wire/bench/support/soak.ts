import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, type ClientReadableStream, credentials, status } from "@grpc/grpc-js";
import { median } from "@polywire/measure";
import { startPart } from "./part.ts";

/** What `soak` is told. */
export interface SoakOptions {
  /** How long the stream lasts, warming up included. */
  readonly seconds: number;
  /** Until memory has reached what it keeps: what the tap remembers is full, code is compiled. */
  readonly warmupSeconds: number;
  /** Pieces of 64 KiB in each second. */
  readonly piecesPerSecond: number;
  /** Streams through a tap that keeps a little of each event too, as the control. */
  readonly leak: boolean;
}

/** What a tap held at one time, garbage collected. */
export interface SoakSample {
  readonly atSeconds: number;
  readonly heapBytes: number;
  readonly rssBytes: number;
  /** Events that it had forgotten by then. */
  readonly dropped: number;
}

/** What one stream through a tap did to the tap's memory. */
export interface SoakReport {
  readonly bytes: number;
  readonly samples: readonly SoakSample[];
  /** From the first samples behind the warm-up to the last ones. */
  readonly heapGrowthBytes: number;
  readonly rssGrowthBytes: number;
}

/**
 * By how much a tap may grow behind its warm-up: less than a leak of 50 bytes for each event of a minute. Resident memory
 * has its own mood for the first minute, in which the collector and the allocator find their sizes.
 */
export const SOAK_LIMITS = { heapGrowthBytes: 2e6, rssGrowthBytes: 64e6 } as const;

const SAMPLES = 12;
/** What the kernel's and the collector's moods do to one sample, the middle of some leaves out. */
const AVERAGED = 3;

/** Streams through a tap, both in processes of their own, and looks at its memory meanwhile. */
export async function soak({ seconds, warmupSeconds, piecesPerSecond, leak }: SoakOptions): Promise<SoakReport> {
  await using server = await startPart(new URL("grpc-server.ts", import.meta.url), []);
  await using tap = await startPart(new URL("soak-tap.ts", import.meta.url), [
    String(server.port),
    ...(leak ? ["leak"] : []),
  ]);
  const client = new Client(`127.0.0.1:${tap.port}`, credentials.createInsecure());
  const startedAt = performance.now();
  const stream = readForever(client, piecesPerSecond);
  let bytes = 0;
  stream.on("data", (piece: Buffer) => {
    bytes += piece.length;
  });
  const failed = once(stream, "error");
  const samples: SoakSample[] = [];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const atSeconds = warmupSeconds + ((seconds - warmupSeconds) * sample) / (SAMPLES - 1);
    await Promise.race([sleep(atSeconds * 1000 - (performance.now() - startedAt)), failed]);
    samples.push({ atSeconds, ...(JSON.parse(await tap.ask("memory")) as Omit<SoakSample, "atSeconds">) });
  }
  stream.cancel();
  const [error] = await failed;
  client.close();
  if (error.code !== status.CANCELLED) throw error;
  const growth = (of: "heapBytes" | "rssBytes"): number =>
    median(samples.slice(-AVERAGED).map((sample) => sample[of])) -
    median(samples.slice(0, AVERAGED).map((sample) => sample[of]));
  return { bytes, samples, heapGrowthBytes: growth("heapBytes"), rssGrowthBytes: growth("rssBytes") };
}

function readForever(client: Client, piecesPerSecond: number): ClientReadableStream<Buffer> {
  const asIs = (bytes: Buffer): Buffer => bytes;
  const request = Buffer.alloc(8);
  request.writeUInt32BE(piecesPerSecond, 4);
  return client.makeServerStreamRequest("/test.Things/Read", asIs, asIs, request);
}
