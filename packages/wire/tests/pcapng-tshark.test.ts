import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, type DescMessage, type DescService } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { connectNodeAdapter, createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { FRAME_TYPE } from "../src/http2/index.ts";
import { writePcapng } from "../src/pcapng/index.ts";
import { createTap, eventsOf, type Tap } from "../src/tap/index.ts";
import { until } from "./support/tcp.ts";
import { TEST_REGISTRY } from "./support/test-proto.ts";
import { runTshark, whyNoTshark } from "./support/tshark.ts";

const missing = whyNoTshark();
if (missing !== undefined && process.env.CI === "true") throw new Error(missing);
if (missing !== undefined) process.stderr.write(`skipped: ${missing}\n`);

const THINGS = TEST_REGISTRY.getService("test.Things") as DescService;
const ALL = TEST_REGISTRY.getMessage("test.All") as DescMessage;

/** Versions of tshark differ in how they write a bit. */
const isSet = (bit: string): boolean => bit === "1" || bit === "True";

async function captured(tap: Tap): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "pcapng-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "tap.pcapng");
  await writeFile(file, writePcapng([{ name: "client>server", records: tap.records() }]));
  return file;
}

describe.skipIf(missing !== undefined)("writePcapng, read by tshark", () => {
  test("TCP without a fault, and the frames and messages of gRPC as the tap saw them", async () => {
    const server = createServer(
      connectNodeAdapter({
        routes: (router) =>
          router.service(THINGS, { get: () => create(ALL, { fString: "x".repeat(40_000) } as never) } as never),
      }),
    );
    await once(server.listen(0, "127.0.0.1"), "listening");
    const upstream = { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
    await using tap = await createTap({ upstream, registry: TEST_REGISTRY });
    const baseUrl = `http://127.0.0.1:${tap.address.port}`;
    const sessionManager = new Http2SessionManager(baseUrl);
    const client = createClient(THINGS, createGrpcTransport({ baseUrl, sessionManager }));
    for (let call = 0; call < 3; call += 1)
      await (client as never as { get(request: object): Promise<unknown> }).get({});
    sessionManager.abort();
    await until(() => tap.events().some(({ event }) => event.type === "close"));
    server.close();

    const fields = [
      "http2.type",
      "http2.header.name",
      "http2.header.value",
      "grpc.message_length",
      "tcp.analysis.flags",
      "tcp.checksum.status",
      "frame.interface_name",
    ];
    const packets = await runTshark({ file: await captured(tap), http2Port: upstream.port }, fields);
    const all = (name: string): string[] => packets.flatMap((packet) => packet[name] ?? []);
    expect(all("tcp.analysis.flags")).toEqual([]);
    expect([...new Set(all("tcp.checksum.status"))]).toEqual(["1"]);
    expect([...new Set(all("frame.interface_name"))]).toEqual(["client>server"]);
    const count = (types: readonly number[]) =>
      Object.fromEntries(
        Object.entries(FRAME_TYPE).map(([name, type]) => [name, types.filter((one) => one === type).length]),
      );
    const frames = tap
      .events()
      .flatMap((event) =>
        event.layer === "http2" && event.event.type === "frame" ? [event.event.frame.typeCode] : [],
      );
    expect(count(all("http2.type").map(Number))).toEqual(count(frames));
    // Its HPACK is not ours: every name and value of every list, in order.
    const headers = eventsOf(tap.events(), "http2", "headers").flatMap(({ event }) => event.block?.fields ?? []);
    expect(all("http2.header.name")).toEqual(headers.map(({ name }) => name));
    expect(all("http2.header.value")).toEqual(headers.map(({ value }) => value));
    const messages = eventsOf(tap.events(), "call", "message").map(({ event }) => event.length);
    expect(all("grpc.message_length").map(Number).toSorted()).toEqual(messages.toSorted());
  });

  test("the frames of a WebSocket as the tap saw them", async () => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await once(server, "listening");
    server.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
    await using tap = await createTap({
      upstream: { host: "127.0.0.1", port: (server.address() as AddressInfo).port },
    });
    const socket = new WebSocket(`ws://127.0.0.1:${tap.address.port}/rt`, { perMessageDeflate: false });
    await once(socket, "open");
    for (const length of [0, 125, 126, 70_000]) {
      socket.send(Buffer.alloc(length, 7));
      await once(socket, "message");
    }
    socket.close(4001, "enough");
    await once(socket, "close");
    server.close();

    const fields = ["websocket.opcode", "websocket.fin", "websocket.mask", "websocket.payload_length"];
    const longer = ["websocket.payload_length_ext_16", "websocket.payload_length_ext_64"];
    const packets = await runTshark({ file: await captured(tap) }, [...fields, ...longer]);
    const all = (name: string): string[] => packets.flatMap((packet) => packet[name] ?? []);
    const frames = eventsOf(tap.events(), "websocket", "frame").map(({ event }) => event.frame);
    expect(all("websocket.opcode").map(Number)).toEqual(frames.map(({ opcode }) => opcode));
    expect(all("websocket.fin").map(isSet)).toEqual(frames.map(({ fin }) => fin));
    expect(all("websocket.mask").map(isSet)).toEqual(frames.map(({ masked }) => masked));
    // As the frame has it: 7 bits, which say where the length stands if not there.
    const lengths = (of: (length: number) => boolean) => frames.map(({ length }) => length).filter(of);
    expect(all("websocket.payload_length").map(Number)).toEqual(
      frames.map(({ length }) => (length > 65_535 ? 127 : length > 125 ? 126 : length)),
    );
    expect(all(longer[0] ?? "").map(Number)).toEqual(lengths((length) => length > 125 && length <= 65_535));
    expect(all(longer[1] ?? "").map(Number)).toEqual(lengths((length) => length > 65_535));
  });
});
