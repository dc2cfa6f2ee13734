import { once } from "node:events";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { create, type DescMessage, type DescService, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import {
  connectNodeAdapter,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import { Client, credentials, Metadata, status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { readConnectCall, readConnectFailure } from "../src/connect/index.ts";
import { createGrpcCalls, type GrpcCallEvent } from "../src/grpc/index.ts";
import { createHttp2Connection, type Http2Event } from "../src/http2/index.ts";
import { createProtobufView, toReadable } from "../src/protobuf/index.ts";
import { type Recorded, startRecorder } from "./support/recorder.ts";
import { TEST_REGISTRY } from "./support/test-proto.ts";

const THINGS = TEST_REGISTRY.getService("test.Things") as DescService;
const ALL = TEST_REGISTRY.getMessage("test.All") as DescMessage;
const view = createProtobufView({ registry: TEST_REGISTRY });

/** connect-node answers gRPC, gRPC-Web and Connect: a thing back, an error for 404, nothing for 500. */
async function startThings() {
  const waiting = Promise.withResolvers<void>();
  const cancelled = Promise.withResolvers<void>();
  const handler = connectNodeAdapter({
    routes: (router) =>
      router.service(THINGS, {
        get: async (request: { fInt32?: number }, { signal }: { signal: AbortSignal }) => {
          if (request.fInt32 === 404) throw new ConnectError("no thing ä", Code.NotFound);
          if (request.fInt32 === 500) {
            waiting.resolve();
            await once(signal, "abort");
            cancelled.resolve();
          }
          return create(ALL, { fString: "thing".repeat(300) });
        },
      } as never),
  });
  const server = createServer(handler);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    /** A call that is never answered has reached its handler. */
    waiting: waiting.promise,
    /** Its caller's cancellation has arrived. */
    cancelled: cancelled.promise,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}

type TransportOptions = { baseUrl: string; sessionManager: Http2SessionManager };
type Things = { get(request: object, options?: object): Promise<unknown> };

async function record(makeTransport: (options: TransportOptions) => Transport): Promise<Http2Event[]> {
  await using things = await startThings();
  await using recorder = await startRecorder(things.port);
  const baseUrl = `http://127.0.0.1:${recorder.port}`;
  const sessionManager = new Http2SessionManager(baseUrl);
  const client = createClient(THINGS, makeTransport({ baseUrl, sessionManager })) as unknown as Things;
  await client.get({ fInt32: 7 }, { timeoutMs: 5000 });
  await client.get({ fInt32: 404 }).catch(() => {});
  const caller = new AbortController();
  void things.waiting.then(() => caller.abort());
  await client.get({ fInt32: 500 }, { timeoutMs: 30_000, signal: caller.signal }).catch(() => {});
  await things.cancelled;
  sessionManager.abort();
  return decode(recorder.connections[0] ?? []);
}

function decode(recorded: readonly Recorded[]): Http2Event[] {
  const connection = createHttp2Connection();
  return recorded.flatMap(({ from, bytes }) => [...connection.push(from, bytes)]);
}

function calls(events: readonly Http2Event[]): GrpcCallEvent[] {
  const view = createGrpcCalls();
  return events.flatMap((event) => [...view.push(event)]);
}

test.each([
  ["gRPC", createGrpcTransport, "grpc"],
  ["gRPC-Web", (options: TransportOptions) => createGrpcWebTransport({ ...options, httpVersion: "2" }), "grpc-web"],
])(
  "createGrpcCalls + real %s calls: path, deadline, messages, status and cancellation",
  async (_, transport, format) => {
    const events = calls(await record(transport));
    expect(events.filter(({ type }) => type === "error")).toEqual([]);
    const started = events.filter((event) => event.type === "call");
    expect(started).toMatchObject(
      [5000, undefined, 30_000].map((timeoutMs) => ({ path: "/test.Things/Get", contentType: { format }, timeoutMs })),
    );
    const messages = events.filter((event) => event.type === "message");
    const [request, response] = messages.map(({ message }) =>
      view.decode("test.All", message.payload ?? new Uint8Array()),
    );
    expect(request && { ...toReadable(request) }).toEqual({ f_int32: 7 });
    expect(response && { ...toReadable(response) }).toEqual({ f_string: "thing".repeat(300) });
    const ends = events.filter((event) => event.type === "status");
    expect(ends[0]).toMatchObject({ status: { name: "OK" } });
    expect(ends[1]).toMatchObject({ status: { name: "NOT_FOUND", message: "no thing ä" } });
    const last = started.at(-1)?.streamId;
    expect(events.filter((event) => event.streamId === last).at(-1)).toMatchObject({ type: "reset", from: "client" });
  },
);

test("readConnectCall + real Connect calls: kind, deadline, message and error", async () => {
  const transport = (options: TransportOptions) =>
    createConnectTransport({ ...options, httpVersion: "2", useBinaryFormat: true });
  const events = await record(transport);
  const heads = events.flatMap((event) =>
    event.type === "headers" && event.kind === "request" ? [event.block?.fields ?? []] : [],
  );
  const read = heads.map((fields) =>
    readConnectCall({ method: "POST", path: fields.find(({ name }) => name === ":path")?.value ?? "", fields }),
  );
  expect(read).toMatchObject(
    [5000, undefined, 30_000].map((timeoutMs) => ({ kind: "unary", codec: "proto", timeoutMs })),
  );
  const body = (streamId: number) =>
    Buffer.concat(
      events.flatMap((event) =>
        event.type === "frame" &&
        event.from === "server" &&
        event.frame.type === "DATA" &&
        event.frame.streamId === streamId
          ? [event.frame.data]
          : [],
      ),
    );
  expect(readConnectFailure(body(3))).toMatchObject({ code: "not_found", message: "no thing ä" });
});

test("createGrpcCalls + a real grpc-js client that cancels shows RST_STREAM with CANCEL", async () => {
  await using things = await startThings();
  await using recorder = await startRecorder(things.port);
  const client = new Client(`127.0.0.1:${recorder.port}`, credentials.createInsecure());
  const request = toBinary(ALL, create(ALL, { fInt32: 500 } as never));
  const bytes = (value: Uint8Array) => Buffer.from(value);
  const failed = await new Promise<number | undefined>((resolve) => {
    const done = (error: { code: number } | null) => resolve(error?.code);
    const call = client.makeUnaryRequest("/test.Things/Get", bytes, bytes, request, new Metadata(), done);
    void things.waiting.then(() => call.cancel());
  });
  client.close();
  await recorder.clientsEnded();
  expect(failed).toBe(status.CANCELLED);
  expect(calls(decode(recorder.connections[0] ?? []))).toMatchObject([
    { type: "call", path: "/test.Things/Get" },
    { type: "message", from: "client" },
    { type: "reset", from: "client", errorCode: 8 },
  ]);
});
