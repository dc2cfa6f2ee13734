import { randomUUID } from "node:crypto";
import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { NO_SQL } from "./attribute-sql.ts";
import type { CallRecord } from "./call-record.ts";
import { type CallReport, printCall } from "./call-report.ts";
import { drawSequence } from "./draw-sequence.ts";
import { drawWaterfall } from "./draw-waterfall.ts";
import { type Journey, journeyOf } from "./journey.ts";
import { jsonLines } from "./json-lines.ts";

function record(
  hop: string,
  [startedAtMs, endedAtMs]: [number, number | null],
  more: Partial<CallRecord> = {},
): CallRecord {
  return {
    hop,
    connection: 1,
    call: 1,
    style: "grpc",
    method: "POST",
    path: "/polywire.pricing.v1.PricingService/QuoteOrder",
    requestId: "r-1",
    timeoutMs: null,
    startedAtMs,
    answeredAtMs: null,
    endedAtMs,
    code: "OK",
    cancelledBy: null,
    messages: [],
    ...more,
  };
}

const plain = (text: string): string[] => stripVTControlCharacters(text).split("\n");

const JOURNEY: Journey = [
  record("client>orders", [100, 110], { timeoutMs: 5000, cancelledBy: "client", code: null }),
  record("orders>pricing", [102, 106], { timeoutMs: 1234.4 }),
  record("orders>inventory", [107, null], { code: null }),
];

test("drawSequence + draws every call in the order of time, over the lifelines in between, back the way it came", () => {
  expect(plain(drawSequence(JOURNEY))).toEqual([
    "         client          pricing",
    "            │    orders     │   inventory",
    "   0.00     ├──────▶│       │       │  QuoteOrder  5,000 ms",
    "   2.00     │       ├──────▶│       │  QuoteOrder  1,234 ms",
    "   6.00     │       │◀┄┄┄┄┄┄┤       │  OK",
    "   7.00     │       ├───────┼──────▶│  QuoteOrder",
    "   10.0     ├┄┄┄┄┄┄▶│       │       │  cancelled",
  ]);
});

test("drawWaterfall + gives what was left at each hop and when its time was spent", () => {
  expect(plain(drawWaterfall(JOURNEY))).toEqual([
    "hop               ms left  at ms  took ms",
    "client>orders       5,000   0.00     10.0  █████████████████████  cancelled",
    "orders>pricing      1,234   2.00     4.00  ····█████████········  OK",
    "orders>inventory        –   7.00        –  ···············██████  open",
  ]);
});

test("drawWaterfall + marks what was done after the client had gone", () => {
  const late: Journey = [
    JOURNEY[0],
    record("orders>pricing", [102, 115], { timeoutMs: 7, code: null, cancelledBy: "client" }),
    record("pricing>postgres", [112, 120], { style: "sql", path: "select prices", code: "complete" }),
  ];
  expect(plain(drawWaterfall(late))).toEqual([
    "hop               ms left  at ms  took ms  late ms        ▼",
    "client>orders       5,000   0.00     10.0           ██████······  cancelled",
    "orders>pricing          7   2.00     13.0     5.00  ·█████▒▒▒···  cancelled",
    "pricing>postgres        –   12.0     8.00     10.0  ·······▒▒▒▒▒  complete",
    "▼ the client had gone; ▒ what was done after that, for nobody",
  ]);
});

test("the pictures + are at most 80 columns wide for the longest way and the longest outcome", () => {
  const hops = [
    "client>envoy",
    "envoy>gateway",
    "gateway>orders",
    "orders>pricing",
    "pricing>inventory",
    "orders>inventory",
    "inventory>postgres",
  ];
  const journey = hops.map((hop, index) =>
    record(hop, [index, 100 - index], {
      timeoutMs: 300_000,
      code: "FAILED_PRECONDITION",
      path: "/a.B/AMethodWithAVeryLongName",
    }),
  ) as [CallRecord, ...CallRecord[]];
  const report: CallReport = {
    ...{ wire: "ws-json", path: "client>envoy>realtime>orders", method: "a.B/AMethod", request: {}, response: null },
    ...{ error: null, timeoutMs: 300_000, durationMs: 100, requestId: randomUUID(), calls: journey, sql: NO_SQL },
    events: [],
  };
  const lines = plain(printCall(report, { wire: false, hops: true }));
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});

test("journeyOf + takes the calls with the same request id, also those that began after the caller had gone", () => {
  const first = record("client>orders", [100, 110]);
  const [same, other, later] = [
    record("orders>pricing", [101, 102]),
    record("orders>pricing", [101, 102], { requestId: "r-2" }),
    record("orders>inventory", [111, 112]),
  ];
  expect(journeyOf(first, [same, other, later])).toEqual([first, same, later]);
});

test("journeyOf + finds the call behind a WebSocket by its name, and the frame on the next hop by its number", () => {
  const command = { style: "websocket", path: "GetOrder", requestId: null, call: 7 } as const;
  const first = record("client>envoy", [100, 110], command);
  const next = record("envoy>realtime", [101, 109], command);
  const another = record("envoy>realtime", [101, 109], { ...command, call: 8 });
  const behind = record("realtime>orders", [102, 108], { path: "/a.OrderService/GetOrder", requestId: "r-9" });
  expect(journeyOf(first, [next, another, behind])).toEqual([first, next, behind]);
});

test("jsonLines + keeps on one line what fits, breaks up the rest, and passes other text over", () => {
  const note = "n".repeat(40);
  expect(jsonLines(JSON.stringify({ a: [1, 2], b: { note, also: note } }))).toEqual([
    "{",
    '  "a": [1, 2],',
    '  "b": {',
    `    "note": "${note}",`,
    `    "also": "${note}"`,
    "  }",
    "}",
  ]);
  expect(jsonLines("<html>")).toBeUndefined();
});
