import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import type { GapSeen } from "../33-head-of-line-blocking/gap-scenario.ts";
import type { CpuCell } from "./cpu-claim.ts";
import type { WireSeen } from "./multiplexing.ts";
import { drawPicture, type Picture } from "./picture.ts";
import type { OrderSizes } from "./sizes-claim.ts";

const gap: GapSeen = {
  ...{ wire: "HTTP/1.1, 6 connections", held: "byte", struck: 1, heldBytes: 1, finishedDuring: 0, finishedAfter: 1 },
  ...{ gap: { fromMs: 10, toMs: 300 }, calls: [{ call: 1, connection: 1, startMs: 0, endMs: 310 }] },
};
const wire: WireSeen = {
  ...{ name: "Connect on HTTP/1.1", http: 1, codec: "protobuf", inFlight: 900, connections: 900 },
  headers: [1, 2, 100].map((call) => ({ call, request: 1_000, response: 400 })),
  callBytes: 12_345,
};
const sizes: OrderSizes = {
  ...{ items: 20_000, json: 2_920_440, protobuf: 736_730, gzippedJson: 271_940, gzippedProtobuf: 234_650 },
  struct: 3_515_710,
};
const cell = (codec: CpuCell["codec"], items: number, ratio: number): CpuCell => ({
  ...{ codec, items, ratio, work: "decode" },
});
const picture: Picture = {
  wires: [wire],
  gaps: { multiplexed: [gap], spread: gap, oneStream: gap },
  sizes: [sizes],
  cpu: [0, 2, 20, 200, 20_000].flatMap((items) => [cell("protobuf-es", items, 0.5), cell("protobufjs", items, 1.5)]),
  balancing: {
    ...{ backends: 3, reconnecting: [0, 1, 2] },
    seen: [{ balancer: "round_robin", reached: Array.from({ length: 30_000 }, (_, call) => call % 3) }],
  },
  lb: "round_robin",
};

test("drawPicture + shows wires, lanes, sizes, the CPU grid and calls by backend, in 80 columns", () => {
  const lines = stripVTControlCharacters(drawPicture(picture)).split("\n");
  expect(lines).toContain("Connect on HTTP/1.1  protobuf          900   1,400   1,400     1,400     12,345");
  expect(lines).toContain("20,000  2,920,440   736,730   0.25       271,940           234,650   0.86");
  expect(lines.join("\n")).toMatch(/decode {2}protobuf-es( +0\.50 -){5}\n/);
  expect(lines.join("\n")).toMatch(/decode {2}protobufjs( +1\.50 \+){5}\n/);
  expect(lines).toContain("round_robin in the client  10000  10000  10000");
  expect(lines.at(-1)).toBe(`round_robin, call by call: ${"ABC".repeat(17)}`);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});
