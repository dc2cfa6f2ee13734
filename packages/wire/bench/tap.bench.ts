/**
 * What a tap costs the traffic that passes through it: calls per second of gRPC unary, bytes per second of a stream, and
 * latency of an unsaturated load, through a decoding tap, through a proxy that only passes on, and direct. Client,
 * server, proxy and tap each are a process, proxy and tap pinned to one CPU where `taskset` is; the ways are measured in
 * turn.
 *
 *     node packages/wire/bench/tap.bench.ts [--megabytes 64] [--json]
 *
 * The targets are those of a stream of 1 GB: `--megabytes 1000`. Exits 1 when the tap misses a target. Beside the share
 * of a stream stands what the CPUs would allow: the time that all processes together need, spread over all CPUs, against
 * the time that the stream took direct.
 */
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Client, credentials } from "@grpc/grpc-js";
import {
  type Clock,
  cpuTimeNs,
  createHistogram,
  type Histogram,
  interleave,
  median,
  preciseClock,
  runOpenLoop,
} from "@polywire/measure";
import { startPart } from "./support/part.ts";

const UNARY_CALLS = 3000;
const AT_A_TIME = 32;
const PIECE_BYTES = 65_536;
const RATE_PER_SECOND = 200;
/** Of one round: short, so that a machine that stands still for some ms spoils a round and not the run. */
const LATENCY_CALLS = 200;
const LATENCY_ROUNDS = 40;
const TARGET = { unary: 0.5, stream: 0.6, addedP99Ms: 0.3 } as const;

const BETWEEN = new URL("support/between.ts", import.meta.url);

/**
 * Sleeps until a call is due, to the ms. One that watches for the very moment keeps a CPU from server, proxy and tap: on two
 * CPUs their latency is then what they wait for one another.
 */
const sleepingClock: Clock = {
  ...preciseClock,
  waitUntil: (atMs, signal) => sleep(Math.max(1, atMs - preciseClock.now()), undefined, { signal }),
};

const { values } = parseArgs({
  options: { json: { type: "boolean", default: false }, megabytes: { type: "string", default: "64" } },
});
const streamPieces = Math.ceil((Number(values.megabytes) * 1e6) / PIECE_BYTES);
if (!(streamPieces > 0 && streamPieces < 2 ** 32)) throw new RangeError("--megabytes is a number above 0");
await using server = await startPart(new URL("support/grpc-server.ts", import.meta.url), []);
await using proxy = await startPart(BETWEEN, ["proxy", String(server.port)], 1);
await using tap = await startPart(BETWEEN, ["tap", String(server.port)], 1);
const ways = { direct: server, proxy, tap };
const clients = Object.entries(ways).map(([name, { port }]) => ({
  name: name as keyof typeof ways,
  client: new Client(`127.0.0.1:${port}`, credentials.createInsecure(), { "grpc.max_receive_message_length": -1 }),
}));

const unary = await compare(({ client }) => callsPerSecond(client));
const cpuPerGb = { direct: [] as CpuSeconds[], proxy: [] as CpuSeconds[], tap: [] as CpuSeconds[] };
const stream = await compare((way) => bytesPerSecond(way));
const ofAllRounds = { direct: createHistogram(), proxy: createHistogram(), tap: createHistogram() };
const latency = await compare((way) => p99Ms(way), LATENCY_ROUNDS);
for (const { client } of clients) client.close();

const addedP99Ms = (way: "proxy" | "tap"): number =>
  median(latency[way].values.map((value, round) => value - (latency.direct.values[round] ?? Number.NaN)));
const results = {
  unaryCallsPerSecond: unary.direct.median,
  unaryRatio: { proxy: unary.proxy.ratio, tap: unary.tap.ratio },
  streamMegabytesPerSecond: stream.direct.median / 1e6,
  streamRatio: { proxy: stream.proxy.ratio, tap: stream.tap.ratio },
  streamMegabytes: Number(values.megabytes),
  streamCpuSecondsPerGb: { direct: cpuOf("direct"), proxy: cpuOf("proxy"), tap: cpuOf("tap") },
  streamRatioCpusAllow: { proxy: allowedShare("proxy"), tap: allowedShare("tap") },
  cpus: availableParallelism(),
  pinned: tap.pinned,
  p50Ms: ofWays(({ quantileMs }) => quantileMs(0.5)),
  /** What stands still in a few rounds counts here: the machine, a collection of garbage. */
  p99MsOfAllRounds: ofWays(({ quantileMs }) => quantileMs(0.99)),
  p99Ms: { direct: latency.direct.median, proxy: latency.proxy.median, tap: latency.tap.median },
  addedP99Ms: { proxy: addedP99Ms("proxy"), tap: addedP99Ms("tap") },
  target: TARGET,
};
process.stdout.write(values.json ? `${JSON.stringify({ benchmark: "wire-tap", results })}\n` : table());
const met =
  results.unaryRatio.tap >= TARGET.unary &&
  results.streamRatio.tap >= TARGET.stream &&
  results.addedP99Ms.tap <= TARGET.addedP99Ms;
process.exitCode = met ? 0 : 1;

interface Measured {
  readonly values: readonly number[];
  readonly median: number;
  /** Against direct in the same round. */
  readonly ratio: number;
}

/** CPU time that processes used for each GB of a stream; NaN where the platform does not tell. */
interface CpuSeconds {
  readonly server: number;
  /** The proxy or the tap; 0 where there is none. */
  readonly between: number;
  readonly client: number;
}

async function compare(
  measure: (way: (typeof clients)[number]) => Promise<number>,
  pairs = 9,
): Promise<Record<keyof typeof ways, Measured>> {
  const [direct, ...others] = clients.map((way) => ({ name: way.name, run: () => measure(way) }));
  const [first, second] = others;
  if (direct === undefined || first === undefined || second === undefined) throw new Error("three ways are compared");
  const { reference, comparisons } = await interleave({ variants: [direct, first, second], pairs, discardFirst: 2 });
  const measured = new Map(
    [{ ...reference, medianRatio: 1 }, ...comparisons].map(({ name, values: all, medianRatio }) => [
      name,
      { values: all, median: median(all), ratio: medianRatio },
    ]),
  );
  const of = (name: string): Measured => measured.get(name) ?? { values: [], median: Number.NaN, ratio: Number.NaN };
  return { direct: of("direct"), proxy: of("proxy"), tap: of("tap") };
}

function call(client: Client): Promise<void> {
  const asIs = (bytes: Buffer): Buffer => bytes;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const request = Buffer.from("082a", "hex");
  client.makeUnaryRequest("/test.Things/Get", asIs, asIs, request, (error) => (error ? reject(error) : resolve()));
  return promise;
}

async function callsPerSecond(client: Client): Promise<number> {
  const startedAt = performance.now();
  let left = UNARY_CALLS;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await call(client);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  return (UNARY_CALLS * 1000) / (performance.now() - startedAt);
}

async function bytesPerSecond({ name, client }: (typeof clients)[number]): Promise<number> {
  const asIs = (bytes: Buffer): Buffer => bytes;
  const pieces = Buffer.alloc(4);
  pieces.writeUInt32BE(streamPieces);
  const bytes = streamPieces * PIECE_BYTES;
  const pids = [server.pid, ways[name].pid];
  const before = pids.map(cpuSeconds);
  // Reading what others used takes time of its own.
  const ownBefore = process.cpuUsage();
  const startedAt = performance.now();
  const responses = client.makeServerStreamRequest("/test.Things/Read", asIs, asIs, pieces);
  responses.resume();
  await once(responses, "end");
  const seconds = (performance.now() - startedAt) / 1000;
  const own = process.cpuUsage(ownBefore);
  const used = pids.map((pid, index) => cpuSeconds(pid) - (before[index] ?? 0));
  const [ofServer = 0, between = 0, ofClient = 0] = [...used, (own.user + own.system) / 1e6].map(
    (cpu) => (cpu * 1e9) / bytes,
  );
  cpuPerGb[name].push({ server: ofServer, between: name === "direct" ? 0 : between, client: ofClient });
  return bytes / seconds;
}

function cpuSeconds(pid: number): number {
  const ns = cpuTimeNs([pid]);
  return ns === null ? Number.NaN : Number(ns) / 1e9;
}

function cpuOf(way: keyof typeof ways): CpuSeconds {
  const of = (part: keyof CpuSeconds): number => median(cpuPerGb[way].map((used) => used[part]));
  return { server: of("server"), between: of("between"), client: of("client") };
}

/** The share of direct's bytes/s at which all CPUs are busy with nothing else, or one with what is between. */
function allowedShare(way: "proxy" | "tap"): number {
  const used = cpuOf(way);
  const leastSeconds = Math.max((used.server + used.between + used.client) / availableParallelism(), used.between);
  return Math.min(1, 1e9 / stream.direct.median / leastSeconds);
}

/** From the sending on: the calls are sent when they are due, whatever became of those before. */
async function p99Ms({ name, client }: (typeof clients)[number]): Promise<number> {
  const histogram = createHistogram();
  const timed = async (): Promise<void> => {
    const sentAt = performance.now();
    await call(client);
    histogram.recordMs(performance.now() - sentAt);
  };
  const load = { target: { call: timed }, clock: sleepingClock, ratePerSecond: RATE_PER_SECOND, calls: LATENCY_CALLS };
  const { errors } = await runOpenLoop(load);
  if (errors > 0) throw new Error(`${errors} calls failed`);
  ofAllRounds[name].merge(histogram);
  return histogram.quantileMs(0.99);
}

function ofWays(figure: (histogram: Histogram) => number): Record<keyof typeof ways, number> {
  const { direct, proxy: plain, tap: decoding } = ofAllRounds;
  return { direct: figure(direct), proxy: figure(plain), tap: figure(decoding) };
}

function table(): string {
  const row = (name: string, figures: readonly string[]): string =>
    [name.padEnd(26), ...figures.map((figure) => figure.padStart(10))].join("");
  const ratio = ({ proxy: plain, tap: decoding }: { proxy: number; tap: number }, target: number): string[] => [
    "1",
    plain.toFixed(2),
    decoding.toFixed(2),
    `≥ ${target}`,
  ];
  const milliseconds = (values: Record<keyof typeof ways, number>): string[] =>
    Object.values(values).map((ms) => ms.toFixed(2));
  const { p50Ms, p99Ms: p99, p99MsOfAllRounds: overall, addedP99Ms: added } = results;
  return `${[
    row("", ["direct", "proxy", "tap", "target"]),
    row("unary, share of calls/s", ratio(results.unaryRatio, TARGET.unary)),
    row("stream, share of bytes/s", ratio(results.streamRatio, TARGET.stream)),
    row("  as the CPUs allow", ["", ...Object.values(results.streamRatioCpusAllow).map((share) => share.toFixed(2))]),
    ...(["server", "between", "client"] as const).map((part) =>
      row(
        `  CPU s/GB, ${part}`,
        Object.values(results.streamCpuSecondsPerGb).map((used) => used[part].toFixed(2)),
      ),
    ),
    row(`p50 at ${RATE_PER_SECOND}/s, ms`, milliseconds(p50Ms)),
    row("p99 of all calls, ms", milliseconds(overall)),
    row("p99 of a round, ms", milliseconds(p99)),
    row("  added to it", ["", added.proxy.toFixed(2), added.tap.toFixed(2), `≤ ${TARGET.addedP99Ms}`]),
    `direct: ${Math.round(results.unaryCallsPerSecond).toLocaleString("en-US")} calls/s, ${Math.round(results.streamMegabytesPerSecond)} MB/s of ${values.megabytes} MB`,
    `${results.cpus} CPUs; proxy and tap ${tap.pinned ? "pinned to one of them" : "not pinned: taskset is missing"}`,
  ].join("\n")}\n`;
}
