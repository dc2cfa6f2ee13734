/**
 * What a tap costs the traffic that passes through it: calls per second of gRPC unary, bytes per second of a stream, and
 * latency of an unsaturated load, through a decoding tap, through a proxy that only passes on, and direct. Client,
 * server, proxy and tap each are a process; the ways are measured in turn.
 *
 *     node packages/wire/bench/tap.bench.ts [--json]
 *
 * Exits 1 when the tap misses a target.
 */
import { once } from "node:events";
import { parseArgs } from "node:util";
import { Client, credentials } from "@grpc/grpc-js";
import { interleave, median, runOpenLoop } from "@polywire/measure";
import { startPart } from "./support/part.ts";

const UNARY_CALLS = 3000;
const AT_A_TIME = 32;
const STREAM_PIECES = 1024;
const PIECE_BYTES = 65_536;
const RATE_PER_SECOND = 200;
const LATENCY_CALLS = 800;
const TARGET = { unary: 0.5, stream: 0.6, addedP99Ms: 0.3 } as const;

const BETWEEN = new URL("support/between.ts", import.meta.url);

const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
await using server = await startPart(new URL("support/grpc-server.ts", import.meta.url), []);
await using proxy = await startPart(BETWEEN, ["proxy", String(server.port)], 1);
await using tap = await startPart(BETWEEN, ["tap", String(server.port)], 1);
const ways = { direct: server, proxy, tap };
const clients = Object.entries(ways).map(([name, { port }]) => ({
  name,
  client: new Client(`127.0.0.1:${port}`, credentials.createInsecure(), { "grpc.max_receive_message_length": -1 }),
}));

const unary = await compare((client) => callsPerSecond(client));
const stream = await compare((client) => bytesPerSecond(client));
const p50s = new Map<Client, number[]>();
const latency = await compare((client) => p99Ms(client));
for (const { client } of clients) client.close();

/** On a busy machine the median still tells what the way itself takes. */
const p50Ms = Object.fromEntries(clients.map(({ name, client }) => [name, median(p50s.get(client) ?? [])]));
const addedP99Ms = (way: "proxy" | "tap"): number =>
  median(latency[way].values.map((value, round) => value - (latency.direct.values[round] ?? Number.NaN)));
const results = {
  unaryCallsPerSecond: unary.direct.median,
  unaryRatio: { proxy: unary.proxy.ratio, tap: unary.tap.ratio },
  streamMegabytesPerSecond: stream.direct.median / 1e6,
  streamRatio: { proxy: stream.proxy.ratio, tap: stream.tap.ratio },
  p50Ms,
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

async function compare(measure: (client: Client) => Promise<number>): Promise<Record<keyof typeof ways, Measured>> {
  const [direct, ...others] = clients.map(({ name, client }) => ({ name, run: () => measure(client) }));
  const [first, second] = others;
  if (direct === undefined || first === undefined || second === undefined) throw new Error("three ways are compared");
  const { reference, comparisons } = await interleave({ variants: [direct, first, second], pairs: 9, discardFirst: 2 });
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

async function bytesPerSecond(client: Client): Promise<number> {
  const asIs = (bytes: Buffer): Buffer => bytes;
  const pieces = Buffer.alloc(4);
  pieces.writeUInt32BE(STREAM_PIECES);
  const startedAt = performance.now();
  const responses = client.makeServerStreamRequest("/test.Things/Read", asIs, asIs, pieces);
  responses.resume();
  await once(responses, "end");
  return (STREAM_PIECES * PIECE_BYTES * 1000) / (performance.now() - startedAt);
}

async function p99Ms(client: Client): Promise<number> {
  const { latency: measured, errors } = await runOpenLoop({
    target: { call: () => call(client) },
    ratePerSecond: RATE_PER_SECOND,
    calls: LATENCY_CALLS,
    warmupCalls: 50,
  });
  if (errors > 0) throw new Error(`${errors} calls failed`);
  p50s.set(client, [...(p50s.get(client) ?? []), measured.quantileMs(0.5)]);
  return measured.quantileMs(0.99);
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
  const { p99Ms: p99, addedP99Ms: added } = results;
  return `${[
    row("", ["direct", "proxy", "tap", "target"]),
    row("unary, share of calls/s", ratio(results.unaryRatio, TARGET.unary)),
    row("stream, share of bytes/s", ratio(results.streamRatio, TARGET.stream)),
    row(
      `p50 at ${RATE_PER_SECOND}/s, ms`,
      Object.values(p50Ms).map((ms) => ms.toFixed(2)),
    ),
    row(
      `p99 at ${RATE_PER_SECOND}/s, ms`,
      [p99.direct, p99.proxy, p99.tap].map((ms) => ms.toFixed(2)),
    ),
    row("added at p99, ms", ["", added.proxy.toFixed(2), added.tap.toFixed(2), `≤ ${TARGET.addedP99Ms}`]),
    `direct: ${Math.round(results.unaryCallsPerSecond).toLocaleString("en-US")} calls/s, ${Math.round(results.streamMegabytesPerSecond)} MB/s`,
  ].join("\n")}\n`;
}
