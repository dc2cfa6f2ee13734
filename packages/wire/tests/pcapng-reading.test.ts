import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { readCapture, writePcapng } from "../src/pcapng/index.ts";
import { createTap, decodeTraffic, describeTapEvent, eventsOf, readTap, type TapRecord } from "../src/tap/index.ts";
import { startServer } from "./support/tcp.ts";
import { TEST_REGISTRY } from "./support/test-proto.ts";

/**
 * Recorded with dumpcap on a loopback interface: three calls of gRPC on one connection (the second answer is compressed, the
 * third fails), one of Connect over HTTP/1.1, one WebSocket that is sent back what it said.
 */
test.each(["loopback.pcapng", "loopback.pcap"])("readCapture + the calls in %s", async (name) => {
  const capture = readCapture(await readFile(new URL(`recordings/${name}`, import.meta.url)));
  expect(capture.leftOut).toEqual({ connections: 0, holes: 0, packets: 0, cutPackets: 0, bytes: 0 });
  const records = decodeTraffic(capture.events, { registry: TEST_REGISTRY });
  const { calls, connections } = readTap({ dropped: 0, records: () => records });
  expect(connections.map(({ protocol, closed }) => [protocol, closed])).toEqual([
    ["http2", "reset"],
    ["http1", null],
    ["http1", "finished"],
  ]);
  expect(calls.map(({ style, path, code, messages }) => [style, path, code, messages])).toEqual([
    ["grpc", "/test.Things/Get", "OK", { client: 1, server: 1 }],
    ["grpc", "/test.Things/Get", "OK", { client: 1, server: 1 }],
    ["grpc", "/test.Things/Get", "NOT_FOUND", { client: 1, server: 0 }],
    ["connect", "/test.Things/Get", "OK", { client: 1, server: 1 }],
    ["websocket", "/rt", "4001", { client: 1, server: 1 }],
  ]);
  const messages = eventsOf(
    records.flatMap(({ events }) => events),
    "call",
  ).filter(({ event }) => event.type === "message");
  const [, first, , second] = messages.map(({ event }) => (event.type === "message" ? event : expect.fail()));
  expect(Buffer.from(first?.payload ?? []).toString()).toContain("thing thing ");
  expect(second).toMatchObject({ compressed: true });
  expect(second?.payload).toHaveLength(54_004);
  const faults = records.flatMap(({ events }) => events.filter(({ event }) => event.type === "error"));
  expect(faults).toEqual([]);
});

test("readCapture + what a tap saw comes back from its own file, event by event", async () => {
  await using echo = await startServer((socket) => socket.pipe(socket));
  await using tap = await createTap({ upstream: echo.endpoint });
  for (const text of ["first", "second".repeat(20_000)]) {
    const socket = connect(tap.address.port, tap.address.host);
    socket.end(`${text} that nobody knows`);
    await once(socket.resume(), "close");
  }
  await tap.until(({ connection, event }) => connection === 2 && event.type === "close");
  const file = Buffer.concat([...writePcapng([{ name: "client>echo", records: tap.records() }])]);
  const capture = readCapture(file);
  expect(new Set(capture.events.map(({ on }) => on))).toEqual(new Set(["client>echo"]));
  expect(seen(decodeTraffic(capture.events))).toEqual(seen(tap.records()));
  const opened = (records: readonly Pick<TapRecord, "raw">[]): number[] =>
    records.flatMap(({ raw }) => (raw.kind === "open" ? [raw.atMs] : []));
  expect(opened(capture.events)).toEqual(opened(tap.records()).map((atMs) => expect.closeTo(atMs, 2)));
});

/** Without the pieces, which mean nothing on TCP, and without times. */
function seen(records: readonly TapRecord[]): unknown {
  const events = records.flatMap(({ events: all }) => all);
  const bytes = (from: string): string =>
    events
      .flatMap(({ event }) => (event.type === "bytes" && event.from === from ? [Buffer.from(event.bytes)] : []))
      .join("");
  const others = events.flatMap((event) =>
    event.event.type === "bytes" ? [] : [{ ...describeTapEvent(event), seq: 0, atMs: 0 }],
  );
  return { client: bytes("client"), server: bytes("server"), others };
}

const ENDS = { client: { host: "10.0.0.1", port: 1 }, server: { host: "10.0.0.2", port: 4222 } };

test("decodeTraffic + a first chunk of any size, and no more events than allowed", () => {
  const pings = Buffer.from(`INFO {}\r\n${"PING\r\n".repeat(300_000)}`);
  const raw = { kind: "chunk", connection: 1, atMs: 1, direction: "down", bytes: pings } as const;
  const [record] = decodeTraffic([{ raw, ends: ENDS }]);
  expect(record?.events).toHaveLength(300_002);
  expect(record?.ends).toEqual(ENDS);
  expect(() => decodeTraffic([{ raw, ends: ENDS }], { maxEvents: 300_001 })).toThrow("raise maxEvents");
});
