import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import type { Flow } from "./flow-control.ts";
import type { ModeSeen } from "./modes-claim.ts";
import { drawPicture, type Picture } from "./picture.ts";

const cost = { message: 93.4, headers: 74.2, rest: 66.1 };
const mode: ModeSeen = {
  ...{ name: "server stream", method: "ExportOrders", requests: 1, responses: 2 },
  ...{ streams: 1, sent: 1, received: 2, headers: [] },
  frames: [
    { from: "client", kind: "headers", messages: 0, last: false },
    { from: "client", kind: "data", messages: 1, last: true },
    { from: "server", kind: "headers", messages: 0, last: false },
    { from: "server", kind: "data", messages: 1, last: false },
    { from: "server", kind: "data", messages: 1, last: false },
    { from: "server", kind: "trailers", messages: 0, last: true },
  ],
};
const flow: Flow = {
  ...{ client: "@polywire/grpc", reader: "unread", obey: false, totalBytes: 240_000_000 },
  ...{ acceptedBytes: 240_000_000, sentBytes: 65_535, readBytes: 0, rssBytes: 300_000_000 },
  samples: Array.from({ length: 60 }, (_, ms) => ({ ms, accepted: ms * 4_000_000, granted: ms === 0 ? 0 : 65_535 })),
};
const picture: Picture = {
  modes: [mode, { ...mode, name: "bidirectional", frames: Array.from({ length: 50 }, () => mode.frames).flat() }],
  sizes: [{ lines: 20, unary: cost, stream: cost, streamEach: { ...cost, message: 1234.5 } }],
  spread: { stream: [60, 0, 0], calls: [20, 20, 20] },
  flows: [flow],
  drawn: flow,
};

test("drawPicture + draws lanes in time, costs, backends and the window, in 80 columns", () => {
  const lines = stripVTControlCharacters(drawPicture(picture)).split("\n");
  expect(lines).toContain("  client        H  D. ·  ·  ·  ·");
  expect(lines).toContain("  server        ·  ·  H  D  D  T.");
  expect(lines).toContain("20 lines  a unary call each     93.4     74.2      66.1   233.7");
  expect(lines).toContain("the first                      60         20");
  expect(lines).toContain("@polywire/grpc  unread  ignores    240.00  0.07  0.00     239.93       0.07");
  const chart = lines.slice(lines.findIndex((line) => line.includes("█ accepted from")) + 1);
  expect(chart[0]).toMatch(/^ {2}236\.00 │ +█+$/);
  expect(chart[7]).toContain("│ ───");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});
