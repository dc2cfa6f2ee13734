import { readFileSync } from "node:fs";
import fc from "fast-check";
import type { Side } from "../../src/core/side.ts";
import { CaptureError, readCapture } from "../../src/pcapng/index.ts";
import { createPostgresCancels } from "../../src/postgres/index.ts";
import { createProtobufView } from "../../src/protobuf/index.ts";
import { createConnectionView, decodeTraffic, describeTapEvent } from "../../src/tap/index.ts";
import { createSubprotocolView } from "../../src/websocket/index.ts";
import type { FuzzTarget } from "./fuzz-target.ts";
import { TEST_REGISTRY } from "./test-proto.ts";

/** What a tap makes of a connection, told by its first bytes, up to the descriptions that people and JSON get. */
export function tapFuzzTargets(corpora: Readonly<Record<string, readonly Uint8Array[]>>): FuzzTarget[] {
  return Object.entries(corpora).map(([name, corpus]) => ({ name: `tap, ${name}`, corpus, create: tapped }));
}

function tapped(): (chunk: Uint8Array) => void {
  const view = createConnectionView({
    protocol: "auto",
    protobuf: createProtobufView({ registry: TEST_REGISTRY }),
    websocketTypes: () => TYPES,
    maxCalls: 16,
    maxMessageBytes: 4096,
    cancels: createPostgresCancels({ maxSessions: 16 }),
  });
  let turn = 0;
  return (chunk) => {
    const from: Side = turn++ % 2 === 0 ? "client" : "server";
    for (const event of view.push(from, chunk)) describeTapEvent({ ...event, seq: turn, connection: 1, atMs: turn });
  };
}

const TYPES = { client: "test.ToServer", server: "test.All" } as const;

/** Messages of both codecs, as a WebSocket would hand them over. */
export function subprotocolFuzzTargets(corpus: readonly Uint8Array[]): FuzzTarget[] {
  const json = fc
    .sample(fc.json(), { seed: corpus.length, numRuns: 60 })
    .map((text) => Uint8Array.from(Buffer.from(text)));
  return (["json", "proto"] as const).map((codec) => ({
    name: `websocket, messages in ${codec}`,
    corpus: codec === "json" ? json : corpus,
    create: () => {
      const view = createSubprotocolView({ registry: TEST_REGISTRY, subprotocol: `test.${codec}`, types: TYPES });
      const kind = codec === "json" ? "text" : "binary";
      const rest = { type: "message", frames: 1, wireBytes: 0, compressed: false, text: null, offset: 0 } as const;
      return (data: Uint8Array) => {
        for (const from of ["client", "server"] as const) view?.decode({ ...rest, from, kind, data });
      };
    },
  }));
}

/** A whole file each time, and what is decoded from it. */
export function captureFuzzTarget(): FuzzTarget {
  const corpus = ["loopback.pcap", "loopback.pcapng"].map((name) =>
    readFileSync(new URL(`../recordings/${name}`, import.meta.url)),
  );
  const create = () => (file: Uint8Array) => {
    try {
      decodeTraffic(readCapture(file).events);
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
    }
  };
  return { name: "capture", corpus, create };
}
