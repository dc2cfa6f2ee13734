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
import { createTap, type Tap } from "../src/tap/index.ts";
import { until } from "./support/tcp.ts";
import { TEST_REGISTRY } from "./support/test-proto.ts";
import { runTshark, whyNoTshark } from "./support/tshark.ts";

const missing = whyNoTshark();
if (missing !== undefined) process.stderr.write(`skipped: ${missing}\n`);

const THINGS = TEST_REGISTRY.getService("test.Things") as DescService;
const ALL = TEST_REGISTRY.getMessage("test.All") as DescMessage;

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
    const messages = tap
      .events()
      .flatMap((event) => (event.layer === "call" && event.event.type === "message" ? [event.event.length] : []));
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

    const packets = await runTshark({ file: await captured(tap) }, ["websocket.opcode", "websocket.payload_length"]);
    const opcodes = packets.flatMap((packet) => packet["websocket.opcode"] ?? []).map(Number);
    const seen = tap
      .events()
      .flatMap((event) =>
        event.layer === "websocket" && event.event.type === "frame" ? [event.event.frame.opcode] : [],
      );
    expect(opcodes).toEqual(seen);
  });
});
