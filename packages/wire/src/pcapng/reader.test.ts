import fc from "fast-check";
import { expect, test } from "vitest";
import { enhancedPacket, interfaceDescription, sectionHeader } from "./blocks.ts";
import { CaptureError, readCapture } from "./index.ts";
import { TCP, tcpPacket } from "./tcp-packet.ts";

const CLIENT = { host: "10.0.0.1", port: 40_001 };
const SERVER = { host: "10.0.0.2", port: 7000 };

interface Sent {
  readonly up?: boolean;
  readonly seq: number;
  readonly ack?: number;
  readonly flags?: number;
  readonly text?: string;
}

function packet({ up = true, seq, ack = 0, flags = TCP.ACK, text = "" }: Sent): Uint8Array {
  const [from, to] = up ? [CLIENT, SERVER] : [SERVER, CLIENT];
  return tcpPacket({ from, to, seq: seq >>> 0, ack, flags, payload: Buffer.from(text) });
}

function pcapng(packets: readonly Uint8Array[]): Uint8Array {
  const blocks = packets.map((one, index) => enhancedPacket(0, BigInt(index + 1) * 1_000_000n, one));
  return Buffer.concat([sectionHeader("test"), interfaceDescription("client>orders"), ...blocks]);
}

/** The older format: `link` stands in front of each packet. */
function pcap(
  packets: readonly Uint8Array[],
  {
    linkType = 101,
    magic = 0xa1b2c3d4,
    bigEndian = false,
    link = [] as readonly number[],
    cutTo = Number.POSITIVE_INFINITY,
  } = {},
): Uint8Array {
  const words = (values: readonly number[]): Buffer => {
    const bytes = Buffer.alloc(values.length * 4);
    for (const [index, value] of values.entries()) {
      if (bigEndian) bytes.writeUInt32BE(value, index * 4);
      else bytes.writeUInt32LE(value, index * 4);
    }
    return bytes;
  };
  const file = [words([magic, bigEndian ? 0x0002_0004 : 0x0004_0002, 0, 0, 65_535, linkType])];
  for (const one of packets) {
    const whole = Buffer.from([...link, ...one]);
    const kept = whole.subarray(0, cutTo);
    file.push(words([1, 500_000, kept.length, whole.length]), kept);
  }
  return Buffer.concat(file);
}

const read = (file: Uint8Array) => readCapture(file, { timeOriginMs: 0 });

/** What each side sent, and what else happened. */
function shown(file: Uint8Array) {
  const { events, leftOut } = read(file);
  const of = (direction: "up" | "down"): string =>
    events
      .map(({ raw }) => (raw.kind === "chunk" && raw.direction === direction ? Buffer.from(raw.bytes) : ""))
      .join("");
  const kinds = events.flatMap(({ raw }) =>
    raw.kind === "chunk" ? [] : [raw.kind === "close" ? raw.reason : raw.kind],
  );
  return { up: of("up"), down: of("down"), kinds, leftOut };
}

const NOTHING = { connections: 0, holes: 0, packets: 0, cutPackets: 0, bytes: 0 };
const OPENING: readonly Sent[] = [
  { seq: 100, flags: TCP.SYN },
  { up: false, seq: 500, ack: 101, flags: TCP.SYN | TCP.ACK },
  { seq: 101, ack: 501 },
];
const CALL: readonly Sent[] = [
  ...OPENING,
  { seq: 101, text: "ask" },
  { up: false, seq: 501, text: "answer" },
  { seq: 104, flags: TCP.FIN | TCP.ACK },
  { up: false, seq: 507, flags: TCP.FIN | TCP.ACK },
];
const CALL_SHOWN = {
  up: "ask",
  down: "answer",
  kinds: ["open", "half-close", "half-close", "finished"],
  leftOut: NOTHING,
};

test("readCapture + a connection from its SYN to its end, with times and addresses", () => {
  const file = pcapng(CALL.map(packet));
  expect(shown(file)).toEqual(CALL_SHOWN);
  const { events } = read(file);
  expect(events.map(({ raw }) => [raw.connection, raw.atMs])).toEqual([
    [1, 1],
    [1, 4],
    [1, 5],
    [1, 6],
    [1, 7],
    [1, 7],
  ]);
  expect(events[1]).toMatchObject({ on: "client>orders", ends: { client: CLIENT, server: SERVER } });
});

const MAC = Array.from({ length: 12 }, () => 0);
test.each<[string, Parameters<typeof pcap>[1] & object]>([
  ["raw IP", {}],
  ["big-endian", { bigEndian: true }],
  ["nanoseconds", { magic: 0xa1b23c4d }],
  ["Ethernet", { linkType: 1, link: [...MAC, 8, 0] }],
  ["Ethernet with a VLAN", { linkType: 1, link: [...MAC, 0x81, 0, 0, 7, 8, 0] }],
  ["BSD loopback", { linkType: 0, link: [2, 0, 0, 0] }],
  ["Linux cooked", { linkType: 113, link: [...MAC, 0, 0, 8, 0] }],
  ["Linux cooked, version 2", { linkType: 276, link: [8, 0, ...MAC, ...MAC.slice(0, 6)] }],
])("readCapture + pcap as tcpdump writes it: %s", (_, options) => {
  const file = pcap(CALL.map(packet), options);
  expect(shown(file)).toEqual(CALL_SHOWN);
  expect(read(file).events[0]?.raw.atMs).toBe(options.magic === undefined ? 1500 : 1000.5);
});

test("readCapture + TCP over IPv6, behind an extension header", () => {
  const overIpv6 = CALL.map((sent) => {
    const tcp = Buffer.from(packet(sent)).subarray(20);
    const [source, target] = sent.up === false ? [2, 1] : [1, 2];
    const header = Buffer.alloc(48);
    header.writeUInt8(0x60, 0);
    header.writeUInt16BE(tcp.length + 8, 4);
    header.writeUInt8(60, 6);
    header.writeUInt8(source, 23);
    header.writeUInt8(target, 39);
    header.writeUInt8(6, 40);
    return Buffer.concat([header, tcp]);
  });
  expect(shown(pcap(overIpv6))).toEqual(CALL_SHOWN);
  expect(read(pcap(overIpv6)).events[0]?.ends).toEqual({
    client: { host: "::1", port: 40_001 },
    server: { host: "::2", port: 7000 },
  });
});

test("readCapture + packets that a network card was to cut, which have no length yet", () => {
  const uncut = CALL.map((sent) => packet(sent).fill(0, 2, 4));
  expect(shown(pcap(uncut))).toEqual(CALL_SHOWN);
  expect(shown(pcap(uncut, { cutTo: 42 }))).toMatchObject({ up: "", leftOut: { holes: 1, cutPackets: 2 } });
  const file = Buffer.from(pcapng(uncut.map((one) => one.subarray(0, 42))));
  // The length on the wire, behind that of what was captured.
  for (let at = file.indexOf("client>orders") - 20; at < file.length; at += file.readUInt32LE(at + 4)) {
    if (file.readUInt32LE(at) === 6) file.writeUInt32LE(50, at + 24);
  }
  expect(shown(file)).toMatchObject({ up: "", leftOut: { cutPackets: CALL.length } });
});

test("readCapture + a handshake and an answer that came twice", () => {
  const again = [...CALL.slice(0, 5), ...CALL.slice(1, 3), ...CALL.slice(4)];
  expect(shown(pcapng(again.map(packet)))).toEqual(CALL_SHOWN);
});

test("readCapture + segments in any order, twice, overlapping, across the end of the numbers: each byte once", () => {
  const start = 2 ** 32 - 20;
  const text = "The quick brown fox jumps over the lazy dog, and once more over the dog that is lazy.";
  const piece = fc.record({ at: fc.nat(text.length - 1), length: fc.integer({ min: 1, max: 30 }) });
  fc.assert(
    fc.property(fc.array(piece), fc.infiniteStream(fc.nat()), (extra, order) => {
      const cover = Array.from({ length: Math.ceil(text.length / 10) }, (_, index) => ({ at: index * 10, length: 10 }));
      const sent = [...cover, ...extra]
        .map(({ at, length }) => ({ key: order.next().value, seq: start + 1 + at, text: text.slice(at, at + length) }))
        .sort((a, b) => a.key - b.key);
      const opening = [{ seq: start, flags: TCP.SYN }, ...OPENING.slice(1, 2)];
      const fin = { seq: start + 1 + text.length, flags: TCP.FIN | TCP.ACK };
      const { up, kinds, leftOut } = shown(pcapng([...opening, fin, ...sent].map(packet)));
      expect([up, kinds, leftOut]).toEqual([text, ["open", "half-close"], NOTHING]);
    }),
  );
});

test("readCapture + what is missing ends what is shown of a connection, and is counted", () => {
  const withHole = [...OPENING, { seq: 101, text: "ask" }, { seq: 108, text: "beyond" }];
  expect(shown(pcapng(withHole.map(packet)))).toMatchObject({ up: "ask", leftOut: { ...NOTHING, holes: 1 } });
  const joinedLate = [
    { seq: 7, text: "who knows" },
    { up: false, seq: 9, text: "what" },
  ];
  expect(shown(pcapng(joinedLate.map(packet)))).toMatchObject({ kinds: [], leftOut: { ...NOTHING, connections: 1 } });
  const cut = shown(pcap(CALL.map(packet), { cutTo: 42 }));
  expect(cut).toMatchObject({ up: "", leftOut: { holes: 1, cutPackets: 2 } });
});

test("readCapture + segments without end behind a hole do not pile up", () => {
  const behind = Array.from({ length: 6000 }, (_, index) => ({ seq: 200 + index, text: "x" }));
  const file = pcapng([...OPENING, ...behind, { seq: 101, text: "y".repeat(99) }].map(packet));
  expect(shown(file)).toMatchObject({ up: "", leftOut: { ...NOTHING, holes: 1 } });
});

test("readCapture + a reset, and a new connection between the same ends", () => {
  const file = pcapng(
    [...OPENING, { seq: 101, flags: TCP.RST }, { seq: 900, flags: TCP.SYN }, { seq: 900, flags: TCP.SYN }].map(packet),
  );
  expect(shown(file).kinds).toEqual(["open", "reset", "open"]);
  expect(new Set(read(file).events.map(({ raw }) => raw.connection))).toEqual(new Set([1, 2]));
});

test("readCapture + the same ends and numbers again, and then with their roles turned", () => {
  const turned = CALL.map((sent) => ({ ...sent, up: sent.up === false }));
  const { up, down, kinds, leftOut } = shown(pcapng([...CALL, ...CALL, ...turned].map(packet)));
  expect([up, down, leftOut]).toEqual(["askaskask", "answeransweranswer", NOTHING]);
  expect(kinds).toEqual([...CALL_SHOWN.kinds, ...CALL_SHOWN.kinds, ...CALL_SHOWN.kinds]);
});

test("readCapture + bytes that came with the SYN", () => {
  const early = [{ seq: 100, flags: TCP.SYN, text: "a" }, OPENING[1] as Sent, { seq: 102, ack: 501, text: "sk" }];
  expect(shown(pcapng([...early, ...CALL.slice(4)].map(packet)))).toEqual(CALL_SHOWN);
});

test("readCapture + a reset has its place among the bytes; one from elsewhere is none", () => {
  const reset = { up: false, seq: 507, flags: TCP.RST };
  const answer = CALL[4] as Sent;
  const early = shown(pcapng([...CALL.slice(0, 4), reset, answer].map(packet)));
  expect(early).toMatchObject({ down: "answer", kinds: ["open", "reset"], leftOut: NOTHING });
  const old = shown(pcapng([...CALL.slice(0, 5), { ...reset, seq: 400 }, ...CALL.slice(5)].map(packet)));
  expect(old).toEqual(CALL_SHOWN);
  const refused = shown(
    pcapng([OPENING[0] as Sent, { up: false, seq: 0, ack: 101, flags: TCP.RST | TCP.ACK }].map(packet)),
  );
  expect(refused).toMatchObject({ kinds: ["open", "unreachable"], leftOut: NOTHING });
});

test("readCapture + bytes of which only the acknowledgement was captured are counted; what a reset loses is not", () => {
  const acknowledged = [...CALL.slice(0, 4), { seq: 104, ack: 507 }];
  expect(shown(pcapng(acknowledged.map(packet)))).toMatchObject({ down: "", leftOut: { ...NOTHING, holes: 1 } });
  const late = [...CALL.slice(0, 4), { seq: 104, flags: TCP.RST }, { up: false, seq: 501, text: "answer" }];
  expect(shown(pcapng(late.map(packet)))).toMatchObject({ down: "", leftOut: NOTHING });
  const unopened = [
    CALL[0] as Sent,
    ...CALL.slice(3, 5),
    { seq: 104, ack: 507 },
    { up: false, seq: 507, flags: TCP.RST },
  ];
  expect(shown(pcapng(unopened.map(packet)))).toMatchObject({
    kinds: ["open", "reset"],
    leftOut: { ...NOTHING, holes: 1 },
  });
});

test("readCapture + strays of an older connection between the same ends change nothing", () => {
  const challenged = [CALL[0] as Sent, { up: false, seq: 900, ack: 5000 }, { seq: 5000, flags: TCP.RST }, ...CALL];
  expect(shown(pcapng(challenged.map(packet)))).toEqual(CALL_SHOWN);
  const far = [...OPENING, { seq: 800_000_000, text: "old" }, ...CALL.slice(3)];
  expect(shown(pcapng(far.map(packet)))).toEqual(CALL_SHOWN);
});

test("readCapture + a reset with the number of the FIN before it", () => {
  const file = pcapng([...CALL.slice(0, 4), CALL[5] as Sent, { seq: 104, flags: TCP.RST }].map(packet));
  expect(shown(file)).toMatchObject({ kinds: ["open", "half-close", "reset"], leftOut: NOTHING });
});

test("readCapture + a packet larger than any is none", () => {
  const huge = Buffer.concat([packet({ seq: 101 }).fill(0, 2, 4), Buffer.alloc(1_048_577)]);
  expect(shown(pcap([...OPENING.map(packet), huge]))).toMatchObject({ up: "", leftOut: { ...NOTHING, packets: 1 } });
});

test("readCapture + interfaces: hops each by itself, others together", () => {
  const twice = (name: string): Uint8Array =>
    Buffer.concat([
      sectionHeader("test"),
      interfaceDescription(`${name}0`),
      interfaceDescription(`${name}1`),
      ...CALL.flatMap((sent, index) => [0, 1].map((on) => enhancedPacket(on, BigInt(index), packet(sent)))),
    ]);
  expect(shown(twice("eth"))).toEqual(CALL_SHOWN);
  expect(shown(twice("client>orders"))).toMatchObject({ up: "askask", leftOut: NOTHING });
});

/** A block of a big-endian file. */
function bigEndian(type: number, ...words: readonly (number | Uint8Array)[]): Buffer {
  const bytes = Buffer.concat(
    words.map((word) => {
      if (typeof word !== "number") return Buffer.concat([word, Buffer.alloc(-word.length & 3)]);
      const four = Buffer.alloc(4);
      four.writeUInt32BE(word >>> 0);
      return four;
    }),
  );
  const head = Buffer.alloc(8);
  head.writeUInt32BE(type);
  head.writeUInt32BE(bytes.length + 12, 4);
  return Buffer.concat([head, bytes, head.subarray(4)]);
}

test("readCapture + a big-endian file of several sections, times in powers of two from an offset on", () => {
  const section = (sent: readonly Sent[]): Buffer[] => [
    bigEndian(0x0a0d0d0a, 0x1a2b3c4d, 0x0001_0000, -1, -1),
    // Raw IP; option 9: 2^-10 s; option 14: 1000 s.
    bigEndian(1, 0x0065_0000, 0, 0x0009_0001, 0x8a00_0000, 0x000e_0008, 0, 1000, 0),
    ...sent.map(packet).map((one) => bigEndian(6, 0, 0, 512, one.length, one.length, one)),
  ];
  const file = Buffer.concat([...section(CALL.slice(0, 4)), ...section(CALL.slice(4))]);
  expect(shown(file)).toEqual(CALL_SHOWN);
  expect(read(file).events[0]?.raw.atMs).toBe(1_000_500);
});

test("readCapture + packets that do not say when they were seen are counted", () => {
  const untimed = Buffer.concat([sectionHeader("test"), bigEndian(6).fill(0)]);
  for (const type of [2, 3]) {
    untimed.writeUInt32LE(type, untimed.length - 12);
    untimed.writeUInt32LE(12, untimed.length - 8);
    untimed.writeUInt32LE(12, untimed.length - 4);
    expect(read(untimed).leftOut).toEqual({ ...NOTHING, packets: 1 });
  }
});

test("readCapture + a file that was cut: what is whole, and how much is not", () => {
  const file = pcapng(CALL.map(packet));
  expect(shown(file.subarray(0, file.length - 5))).toMatchObject({
    kinds: ["open", "half-close"],
    leftOut: { bytes: 67 },
  });
});

test.each([
  ["no capture", Buffer.from("GET / HTTP/1.1\r\n\r\n"), /neither as pcapng nor as pcap/],
  ["nothing", Buffer.alloc(0), /neither/],
  ["a length that can't be", spoilt(4, 0xffff_fff1), /length that can't be\. \(byte 0\)/],
  ["no byte order", spoilt(8, 7), /byte order/],
  ["a time beyond all dates", unending(), /time that can't be/],
  ["a packet of no interface", orphan(), /interface that was not described/],
])("readCapture + refuses %s", (_, file, reason) => {
  expect(() => read(file)).toThrow(CaptureError);
  expect(() => read(file)).toThrow(reason);
});

function spoilt(at: number, value: number): Uint8Array {
  const file = Buffer.from(pcapng([]));
  file.writeUInt32LE(value, at);
  return file;
}

function unending(): Uint8Array {
  const never = enhancedPacket(0, 2n ** 64n - 1n, packet(CALL[0] as Sent));
  return Buffer.concat([sectionHeader("test"), secondsOf(interfaceDescription("eth0")), never]);
}

/** Times in whole seconds in place of ns. */
function secondsOf(description: Uint8Array): Uint8Array {
  const at = Buffer.from(description).lastIndexOf(Buffer.of(9, 0, 1, 0, 9));
  return Buffer.from(description).fill(0, at + 4, at + 5);
}

function orphan(): Uint8Array {
  return Buffer.concat([sectionHeader("test"), enhancedPacket(0, 1n, new Uint8Array(40))]);
}

test("readCapture + survives any damage", () => {
  const whole = Buffer.from(pcapng(CALL.map(packet)));
  const older = Buffer.from(pcap(CALL.map(packet)));
  const damage = fc.array(fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255) }), { maxLength: 12 });
  fc.assert(
    fc.property(fc.constantFrom(whole, older), damage, fc.nat(whole.length), (file, changes, length) => {
      const damaged = Buffer.from(file.subarray(0, length));
      for (const { at, byte } of changes) if (at < damaged.length) damaged[at] = byte;
      try {
        read(damaged);
      } catch (error) {
        expect(error).toBeInstanceOf(CaptureError);
      }
    }),
    { numRuns: 2000 },
  );
});
