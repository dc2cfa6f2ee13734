import { create, type DescMessage, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { createConnectStreamDecoder } from "../../src/connect/index.ts";
import { createGrpcCalls, createGrpcDecoder, type GrpcFormat, writeEnvelope } from "../../src/grpc/index.ts";
import { createHpackDecoder } from "../../src/hpack/index.ts";
import { createFrameDecoder, createHttp2Connection } from "../../src/http2/index.ts";
import { createProtobufView, fieldReadings, readWireFields, toReadable } from "../../src/protobuf/index.ts";
import { faultFuzzTargets } from "./fuzz-faults.ts";
import { streamFuzzTargets } from "./fuzz-streams.ts";
import { captureFuzzTarget, subprotocolFuzzTargets, tapFuzzTargets } from "./fuzz-taps.ts";
import type { FuzzTarget } from "./fuzz-target.ts";
import { conversation } from "./http2-script.ts";
import { TEST_REGISTRY } from "./test-proto.ts";

/** Whose bytes a tap is given too. */
const TAPPED = new Set(["http1", "nats", "postgres"]);

/** All decoders, with inputs made from the seed. */
export function fuzzTargets(seed: number): FuzzTarget[] {
  const conversations = fc.sample(conversation, { seed, numRuns: 60 });
  const clients = conversations.map(({ client }) => client);
  const servers = conversations.map(({ server }) => server);
  const view = createProtobufView({ registry: TEST_REGISTRY });
  const streams = streamFuzzTargets(seed);
  const tappedCorpora = Object.fromEntries(
    streams.filter(({ name }) => TAPPED.has(name)).map(({ name, corpus }) => [name, corpus]),
  );
  return [
    { name: "http2 frames", corpus: clients, create: () => stream(createFrameDecoder({ start: "preface" })) },
    {
      name: "http2 frames, anywhere",
      corpus: clients,
      create: () => stream(createFrameDecoder({ start: "anywhere" })),
    },
    { name: "http2 connection", corpus: clients, create: () => connection("start") },
    { name: "http2 connection, late", corpus: servers, create: () => connection("middle") },
    { name: "hpack", corpus: headerBlocks(clients), create: () => hpack("empty") },
    { name: "hpack, late", corpus: headerBlocks(servers), create: () => hpack("unknown") },
    ...(["grpc", "grpc-web", "grpc-web-text"] as const).map((format) => ({
      name: format,
      corpus: envelopes(seed, format),
      create: () => stream(createGrpcDecoder({ format, encoding: "gzip" })),
    })),
    { name: "connect", corpus: envelopes(seed, "grpc"), create: () => stream(createConnectStreamDecoder()) },
    {
      name: "protobuf",
      corpus: messages(seed),
      create: () => (chunk) => {
        for (const field of readWireFields(chunk).fields) fieldReadings(field);
        const decoded = view.decode("test.All", chunk);
        if (decoded !== undefined) toReadable(decoded);
      },
    },
    ...streams,
    ...subprotocolFuzzTargets(messages(seed)),
    ...faultFuzzTargets({ http1: tappedCorpora.http1 ?? [], http2: clients }),
    ...tapFuzzTargets({ HTTP2: clients, ...tappedCorpora }),
    captureFuzzTarget(),
  ];
}

function stream(decoder: { push(chunk: Uint8Array): unknown }): (chunk: Uint8Array) => void {
  return (chunk) => {
    decoder.push(chunk);
  };
}

/** Both sides are given the same bytes in turn, and all events go on to the view of calls. */
function connection(join: "start" | "middle"): (chunk: Uint8Array) => void {
  const http2 = createHttp2Connection({ join, maxStreams: 16, resyncFrames: 2 });
  const calls = createGrpcCalls({ maxCalls: 16 });
  let turn = 0;
  return (chunk) => {
    for (const event of http2.push(turn++ % 2 === 0 ? "client" : "server", chunk)) calls.push(event);
  };
}

function hpack(initialTable: "empty" | "unknown"): (chunk: Uint8Array) => void {
  const decoder = createHpackDecoder({ initialTable });
  return (chunk) => {
    decoder.decode(chunk);
  };
}

function headerBlocks(sides: readonly Uint8Array[]): Uint8Array[] {
  const frames = sides.flatMap((bytes) => createFrameDecoder({ start: "anywhere", resyncFrames: 2 }).push(bytes));
  return frames.flatMap((frame) => ("fragment" in frame && frame.fragment.length > 0 ? [frame.fragment] : []));
}

function envelopes(seed: number, format: GrpcFormat): Uint8Array[] {
  const envelope = fc.tuple(fc.constantFrom(0, 1, 2, 0x80), fc.uint8Array({ maxLength: 80 }));
  return fc.sample(fc.array(envelope, { minLength: 1 }), { seed, numRuns: 60 }).map((list) => {
    const bytes = Buffer.concat(list.map(([flags, payload]) => writeEnvelope(flags, payload)));
    return new Uint8Array(format === "grpc-web-text" ? Buffer.from(bytes.toString("base64")) : bytes);
  });
}

function messages(seed: number): Uint8Array[] {
  const desc = TEST_REGISTRY.getMessage("test.All") as DescMessage;
  const init = fc.record({
    fString: fc.string(),
    fInt64: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
    packedSint32: fc.array(fc.integer()),
  });
  return fc
    .sample(init, { seed, numRuns: 60 })
    .map((value) => toBinary(desc, create(desc, { ...value, child: { ...value, group: value } } as never)));
}
