import { createGrpcCalls, writeEnvelope } from "../src/grpc/index.ts";
import { createHpackDecoder, createHpackEncoder, type HeaderInput, type HpackEncoder } from "../src/hpack/index.ts";
import { createFrameDecoder, createFrameEncoder, createHttp2Connection, type Side } from "../src/http2/index.ts";
import { streamCases } from "./stream-cases.ts";

/** What a socket hands over at a time. */
const CHUNK_BYTES = 65_536;
const STREAM_BYTES = 64 * 2 ** 20;
const CALLS = 20_000;
const BLOCKS = 200_000;
const ROUNDS = 5;

/** One thing measured: `run` does it once; the result is shown as `amount` of `unit` a second. */
interface Case {
  readonly name: string;
  readonly unit: "MB" | "calls" | "blocks" | "frames" | "messages";
  readonly amount: number;
  readonly run: () => void;
}

const REQUEST: HeaderInput[] = [
  { name: ":method", value: "POST" },
  { name: ":scheme", value: "http" },
  { name: ":path", value: "/polywire.orders.v1.OrderService/GetOrder" },
  { name: ":authority", value: "127.0.0.1:50051" },
  { name: "content-type", value: "application/grpc" },
  { name: "te", value: "trailers" },
  { name: "user-agent", value: "grpc-node-js/1.14.7" },
  { name: "grpc-accept-encoding", value: "identity,deflate,gzip" },
];
const RESPONSE: HeaderInput[] = [
  { name: ":status", value: "200" },
  { name: "content-type", value: "application/grpc+proto" },
];
const TRAILERS: HeaderInput[] = [
  { name: "grpc-status", value: "0" },
  { name: "grpc-message", value: "OK" },
];

/** What changes from call to call does so here too: the deadline and a trace. */
function requestOf(call: number): HeaderInput[] {
  return [
    ...REQUEST,
    { name: "grpc-timeout", value: `${900 + (call % 100)}m` },
    { name: "x-request-id", value: `r-${call}` },
  ];
}

function block(encoder: HpackEncoder, fields: readonly HeaderInput[]): Uint8Array {
  const target = new Uint8Array(encoder.maxEncodedBytes(fields));
  return target.subarray(0, encoder.encode(fields, target, 0));
}

/** One stream of large DATA frames, as one side sends it. */
function dataStream(): Uint8Array {
  const payload = new Uint8Array(16_384).fill(7);
  const target = new Uint8Array(STREAM_BYTES);
  const frames = createFrameEncoder(target);
  while (frames.data(1, payload, false));
  return target.subarray(0, frames.length);
}

/** Unary calls with 200 bytes each way, one after the other. */
function unaryCalls(): { from: Side; bytes: Uint8Array }[] {
  const client = createHpackEncoder();
  const server = createHpackEncoder();
  const message = writeEnvelope(0, new Uint8Array(200));
  const parts: { from: Side; bytes: Uint8Array }[] = [];
  const send = (from: Side, write: (frames: ReturnType<typeof createFrameEncoder>) => unknown) => {
    const target = new Uint8Array(1024);
    const frames = createFrameEncoder(target);
    write(frames);
    parts.push({ from, bytes: target.subarray(0, frames.length) });
  };
  send("client", (frames) => frames.preface() && frames.settings([]));
  send("server", (frames) => frames.settings([]) && frames.settingsAck());
  for (let call = 0; call < CALLS; call++) {
    const id = 2 * call + 1;
    send("client", (f) => f.headers(id, block(client, requestOf(call)), false) && f.data(id, message, true));
    send(
      "server",
      (f) =>
        f.headers(id, block(server, RESPONSE), false) &&
        f.data(id, message, false) &&
        f.headers(id, block(server, TRAILERS), true),
    );
    if (call % 100 === 0) {
      send("client", (frames) => frames.windowUpdate(0, 20_500));
      send("server", (frames) => frames.windowUpdate(0, 20_500));
    }
  }
  return parts;
}

function inChunks(bytes: Uint8Array, take: (chunk: Uint8Array) => void): void {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) take(bytes.subarray(at, at + CHUNK_BYTES));
}

function cases(): Case[] {
  const stream = dataStream();
  const calls = unaryCalls();
  const encoder = createHpackEncoder();
  const blocks = Array.from({ length: BLOCKS }, (_, call) => block(encoder, requestOf(call)).slice());
  const lists = Array.from({ length: 1000 }, (_, call) => requestOf(call));
  const target = new Uint8Array(CHUNK_BYTES);
  const payload = new Uint8Array(200);
  const megabytes = stream.length / 1e6;
  return [
    {
      name: "copy of the same bytes (yardstick)",
      unit: "MB",
      amount: megabytes,
      run: () => inChunks(stream, (chunk) => target.set(chunk)),
    },
    {
      name: "frame decoder, DATA of 16 KiB",
      unit: "MB",
      amount: megabytes,
      run: () => {
        const decoder = createFrameDecoder();
        inChunks(stream, (chunk) => decoder.push(chunk));
      },
    },
    {
      name: "connection and gRPC calls, unary of 200 bytes",
      unit: "calls",
      amount: CALLS,
      run: () => {
        const connection = createHttp2Connection();
        const view = createGrpcCalls();
        for (const { from, bytes } of calls) for (const event of connection.push(from, bytes)) view.push(event);
      },
    },
    {
      name: "HPACK decoder, request of 10 fields",
      unit: "blocks",
      amount: BLOCKS,
      run: () => {
        const decoder = createHpackDecoder();
        for (const one of blocks) decoder.decode(one);
      },
    },
    {
      name: "HPACK encoder, request of 10 fields",
      unit: "blocks",
      amount: BLOCKS,
      run: () => {
        const fresh = createHpackEncoder();
        for (let call = 0; call < BLOCKS; call++) fresh.encode(lists[call % lists.length] as HeaderInput[], target, 0);
      },
    },
    {
      name: "frame encoder, DATA of 200 bytes",
      unit: "frames",
      amount: BLOCKS,
      run: () => {
        const frames = createFrameEncoder(target);
        for (let frame = 0; frame < BLOCKS; frame++) {
          if (frames.data(1, payload, false)) continue;
          frames.reset();
          frames.data(1, payload, false);
        }
      },
    },
    ...streamCases(),
  ];
}

/** Every case once a round, so that a slow moment of the machine falls on all; the first round warms up. */
function measure(list: readonly Case[]): number[] {
  const best = list.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [index, one] of list.entries()) {
      const started = performance.now();
      one.run();
      const seconds = (performance.now() - started) / 1000;
      if (round > 0) best[index] = Math.min(best[index] as number, seconds);
    }
  }
  return best;
}

const list = cases();
for (const [index, seconds] of measure(list).entries()) {
  const { name, unit, amount } = list[index] as Case;
  process.stdout.write(
    `${name.padEnd(48)} ${Math.round(amount / seconds)
      .toLocaleString("en")
      .padStart(12)} ${unit}/s\n`,
  );
}
