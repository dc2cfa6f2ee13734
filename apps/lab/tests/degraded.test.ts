import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CallWire } from "../src/wires/wire.ts";
import { type LabResult, runLab } from "./support/lab-process.ts";
import type { WithoutParts } from "./support/lab-without-parts.ts";
import { oldNats } from "./support/old-nats.ts";
import { type OwnHome, ownHome } from "./support/own-home.ts";

const ENTRY = fileURLToPath(new URL("support/lab-without-parts.ts", import.meta.url));

let home: OwnHome;
let path: string;
let takenPort: string;
let ended: LabResult;
let printed: WithoutParts;
beforeAll(async () => {
  home = await ownHome();
  // No Go and no Python there to fetch anything with.
  path = await oldNats(home.path);
  await using squatter = createServer().listen(0, "127.0.0.1");
  await once(squatter, "listening");
  takenPort = String(Object(squatter.address()).port);
  const environment = { ...home.environment, POLYWIRE_PORT: takenPort };
  ended = await runLab({ entry: ENTRY, args: [path], environment });
  printed = JSON.parse(ended.stdout || "{}");
});
afterAll(() => home[Symbol.asyncDispose]());

test("a start without NATS and Envoy succeeds, every wire agreeing with every other", () => {
  expect(ended).toMatchObject({ code: 0 });
  expect(printed.report).toMatchObject({
    parts: { postgres: expect.any(String), nats: null, envoy: null },
    parity: { ok: true, differences: [] },
  });
  expect(printed.run).toMatchObject({ nats: null, frontDoor: null });
});

test("a start without NATS and Envoy says so loudly, why, what it does instead, and how to get them", () => {
  const complaints = ended.stderr.split("\n").filter((line) => line.startsWith("! "));
  expect(complaints).toEqual([
    `! ${path}/nats-server on PATH is not used: it is nats-server 2.9.0, and 2.11.0 or newer is needed`,
    expect.stringMatching(
      /^! WITHOUT NATS \(.*no go on PATH.*\): push nodes read the event log from the order service$/,
    ),
    expect.stringMatching(/^! install Go 1.25 or newer and start again/),
    expect.stringMatching(/^! WITHOUT ENVOY \(.*no python3 on PATH.*\): no front door, gRPC-Web goes straight to/),
    expect.stringMatching(/^! install Python 3 with pip and start again/),
    expect.stringMatching(new RegExp(`^! port ${takenPort} is taken: the page is on `)),
  ]);
});

test("the comparison without Envoy goes the nearest way on every wire and marks the one that has none", () => {
  const paths = Object.fromEntries(printed.report.wires.map(({ wire, path: hops }) => [wire, hops]));
  expect(paths).toEqual({
    "rest-h1": "client>gateway>orders",
    "rest-h2": null,
    grpc: "client>orders",
    "grpc-web": "client>orders",
    "connect-json": "client>orders",
    "connect-binary": "client>orders",
    "ws-json": "client>realtime>orders",
  } satisfies Record<CallWire, string | null>);
  for (const row of printed.report.wires.filter(({ wire }) => wire !== "rest-h2")) {
    expect(row).toMatchObject({ calls: 50, errors: 0 });
  }
  const reason = "needs Envoy: the gateway speaks HTTP/1.1";
  expect(printed.report.wires[1]).toMatchObject({ wire: "rest-h2", calls: 0, p50Ms: null, note: reason });
  expect(printed.table).toContain(`! rest-h2: ${reason}`);
  expect(printed.table).toMatch(/^rest-h2 +–/m);
});

test("push without NATS and Envoy still brings every event", () => {
  expect(printed.report.push.map(({ wire, path: hops, events, missing }) => ({ wire, hops, events, missing }))).toEqual(
    [
      { wire: "ws-json", hops: "client>realtime", events: 40, missing: 0 },
      { wire: "sse", hops: "client>realtime", events: 40, missing: 0 },
      { wire: "grpc-stream", hops: "client>orders", events: 40, missing: 0 },
    ],
  );
});

test("a start without NATS and Envoy leaves nothing running", () => home.deserted());
