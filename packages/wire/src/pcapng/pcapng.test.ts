import fc from "fast-check";
import { expect, test } from "vitest";
import type { ProxyEvent } from "../proxy/index.ts";
import type { TapRecord } from "../tap/index.ts";
import { writePcapng } from "./index.ts";

const ENDS = { client: { host: "127.0.0.1", port: 40_001 }, server: { host: "127.0.0.1", port: 7000 } };

function record(event: ProxyEvent): TapRecord {
  return { raw: event, ends: ENDS, events: [] };
}

/** What a file says, read back without the writer's own code. */
function read(blocks: Iterable<Uint8Array>) {
  const file = Buffer.concat([...blocks]);
  const packets: { at: bigint; on: number; from: number; seq: number; ack: number; flags: number; payload: Buffer }[] =
    [];
  const names: string[] = [];
  for (let at = 0; at < file.length; ) {
    const [type, length] = [file.readUInt32LE(at), file.readUInt32LE(at + 4)];
    expect(length % 4).toBe(0);
    expect(file.readUInt32LE(at + length - 4)).toBe(length);
    if (type === 1) names.push(file.toString("utf8", at + 20, at + 20 + file.readUInt16LE(at + 18)));
    if (type === 6) {
      const packet = file.subarray(at + 28, at + 28 + file.readUInt32LE(at + 20));
      expect([sum(packet.subarray(0, 20)), tcpSum(packet)]).toEqual([0xffff, 0xffff]);
      packets.push({
        at: (BigInt(file.readUInt32LE(at + 12)) << 32n) | BigInt(file.readUInt32LE(at + 16)),
        on: file.readUInt32LE(at + 8),
        from: packet.readUInt16BE(20),
        seq: packet.readUInt32BE(24),
        ack: packet.readUInt32BE(28),
        flags: packet.readUInt8(33),
        payload: packet.subarray(40),
      });
    }
    at += length;
  }
  return { names, packets };
}

/** RFC 1071: with its checksum in place, what is sound sums up to all ones. */
function sum(bytes: Uint8Array, start = 0): number {
  let total = start;
  for (const [index, byte] of bytes.entries()) total += index % 2 === 0 ? byte << 8 : byte;
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}

function tcpSum(packet: Buffer): number {
  const tcp = packet.subarray(20);
  return sum(Buffer.concat([packet.subarray(12, 20), Buffer.of(0, 6, tcp.length >> 8, tcp.length & 0xff), tcp]));
}

const at = (atMs: number) => ({ connection: 1, atMs });
const chunk = (direction: "up" | "down", bytes: Uint8Array, atMs = 3): TapRecord =>
  record({ kind: "chunk", ...at(atMs), direction, bytes });

test("writePcapng + opens with a handshake and closes both sides, each byte numbered", () => {
  const records = [
    record({ kind: "open", ...at(1), client: ENDS.client }),
    chunk("up", Buffer.from("ask")),
    chunk("down", Buffer.from("answer")),
    record({ kind: "half-close", ...at(4), direction: "up" }),
    record({ kind: "half-close", ...at(5), direction: "down" }),
    record({ kind: "close", ...at(6), reason: "finished" }),
  ];
  const { names, packets } = read(writePcapng([{ name: "client>orders", records }], { timeOriginMs: 1_000 }));
  expect(names).toEqual(["client>orders"]);
  expect(packets.map(({ from, seq, ack, flags, payload }) => [from, seq, ack, flags, payload.toString()])).toEqual([
    [40_001, 0, 0, 0x02, ""],
    [7000, 0, 1, 0x12, ""],
    [40_001, 1, 1, 0x10, ""],
    [40_001, 1, 1, 0x18, "ask"],
    [7000, 1, 4, 0x18, "answer"],
    [40_001, 4, 7, 0x11, ""],
    [7000, 7, 5, 0x10, ""],
    [7000, 7, 5, 0x11, ""],
    [40_001, 5, 8, 0x10, ""],
  ]);
  expect(packets.map(({ at: time }) => Number(time) / 1e6)).toEqual([
    1001, 1001, 1001, 1003, 1003, 1004, 1004, 1005, 1005,
  ]);
});

test("writePcapng + writes a broken connection as a reset", () => {
  const records = [record({ kind: "close", ...at(1), reason: "reset" })];
  expect(read(writePcapng([{ name: "x", records }])).packets.map(({ flags }) => flags)).toEqual([0x14]);
});

test("writePcapng + merges interfaces by time and keeps their connections apart", () => {
  const [one, two] = [chunk("up", Buffer.from("one"), 5), chunk("up", Buffer.from("two"), 4)];
  const { packets } = read(
    writePcapng([
      { name: "a", records: [one] },
      { name: "b", records: [two] },
    ]),
  );
  expect(packets.map(({ on, seq, payload }) => [on, seq, payload.toString()])).toEqual([
    [1, 0, "two"],
    [0, 0, "one"],
  ]);
});

test("writePcapng + gives back every stream of bytes, whatever its pieces", () => {
  const pieces = fc.array(
    fc.record({
      direction: fc.constantFrom("up" as const, "down" as const),
      bytes: fc.oneof(
        fc.uint8Array({ maxLength: 50 }),
        fc.nat(200_000).map((length) => new Uint8Array(length).fill(7)),
      ),
    }),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(pieces, (list) => {
      const { packets } = read(writePcapng([{ name: "x", records: list.map((p) => chunk(p.direction, p.bytes)) }]));
      for (const [direction, port] of [
        ["up", 40_001],
        ["down", 7000],
      ] as const) {
        const sent = Buffer.concat(list.filter((piece) => piece.direction === direction).map(({ bytes }) => bytes));
        const found = packets.filter(({ from }) => from === port);
        expect(Buffer.concat(found.map(({ payload }) => payload)).equals(sent)).toBe(true);
        for (const [index, packet] of found.slice(1).entries()) {
          expect(packet.seq).toBe((found[index]?.seq ?? 0) + (found[index]?.payload.length ?? 0));
        }
      }
    }),
    { numRuns: 50 },
  );
});
