import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ClientFrameSchema, type ServerFrame } from "@polywire/contract/polywire/realtime/v1/frames";
import type { Cursor } from "@polywire/contract/polywire/type/v1/cursor";
import { type ClientOptions, WebSocket } from "ws";
import { FRAME_CODECS, type Subprotocol } from "../../src/protocol/index.ts";
import { stationToken } from "./node.ts";

/** A real WebSocket client that keeps every frame it was sent. */
export interface WsClient {
  readonly socket: WebSocket;
  readonly frames: ServerFrame[];
  /** Sends a request and resolves with the frame that answers it. */
  request(request: MessageInitShape<typeof ClientFrameSchema>["request"]): Promise<ServerFrame["message"]>;
  subscribe(channel: string, cursor?: Cursor): Promise<ServerFrame["message"]>;
  /** The first frame of a kind, now or later. */
  next<Kind extends ServerFrame["message"]["case"]>(
    kind: Kind,
  ): Promise<Extract<ServerFrame["message"], { case: Kind }>["value"]>;
  /** Offsets of the events so far. */
  offsets(channel?: string): bigint[];
  readonly closed: Promise<{ code: number; reason: string }>;
}

/** How a client connects. */
export interface WsClientOptions {
  token?: string;
  subprotocol?: Subprotocol;
  settings?: ClientOptions;
}

/** Connects and resolves when the socket is open. */
export async function connectWs(port: number, options: WsClientOptions = {}): Promise<WsClient> {
  const { token = stationToken, subprotocol = "polywire.v1.json", settings = {} } = options;
  const codec = FRAME_CODECS[subprotocol];
  const socket = new WebSocket(`ws://127.0.0.1:${port}/rt/ws`, subprotocol, {
    perMessageDeflate: false,
    headers: { authorization: `Bearer ${token}` },
    ...settings,
  });
  const frames: ServerFrame[] = [];
  const waiting = new Set<() => void>();
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  let lastId = 0;
  socket.on("message", (data: Buffer) => {
    frames.push(codec.decodeServerFrame(data));
    for (const check of waiting) check();
  });
  socket.on("close", (code, reason) => closed.resolve({ code, reason: reason.toString() }));
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  socket.on("error", () => undefined);

  function find(matches: (frame: ServerFrame) => boolean): Promise<ServerFrame> {
    return new Promise((resolve, reject) => {
      const check = () => {
        const frame = frames.find(matches);
        if (frame !== undefined) {
          waiting.delete(check);
          resolve(frame);
        }
      };
      waiting.add(check);
      check();
      void closed.promise.then((end) => reject(new Error(`closed while waiting: ${end.code} ${end.reason}`)));
    });
  }

  async function request(request: MessageInitShape<typeof ClientFrameSchema>["request"]) {
    lastId += 1;
    const requestId = lastId;
    socket.send(codec.encodeClientFrame(create(ClientFrameSchema, { requestId, ...(request && { request }) })), {
      binary: codec.binary,
    });
    return (await find((frame) => frame.requestId === requestId)).message;
  }

  return {
    socket,
    frames,
    request,
    subscribe: (channel, cursor) =>
      request({ case: "subscribe", value: { channel, ...(cursor === undefined ? {} : { cursor }) } }),
    async next(kind) {
      const frame = await find(({ message }) => message.case === kind);
      return frame.message.value as never;
    },
    offsets: (channel) =>
      frames.flatMap(({ message }) =>
        message.case === "event" && (channel === undefined || message.value.channel === channel)
          ? (message.value.payload.value?.cursor?.offset ?? [])
          : [],
      ),
    closed: closed.promise,
  };
}

/** The HTTP status with which an upgrade was refused. */
export async function refusedWith(port: number, options: WsClientOptions & { path?: string } = {}): Promise<number> {
  const { token, subprotocol = "polywire.v1.json", settings = {}, path = "/rt/ws" } = options;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, subprotocol, { headers, ...settings });
  return new Promise((resolve, reject) => {
    socket.on("unexpected-response", (request, response) => {
      response.resume();
      request.destroy();
      resolve(response.statusCode ?? 0);
    });
    socket.on("open", () => {
      socket.terminate();
      reject(new Error("it was accepted"));
    });
    socket.on("error", () => undefined);
  });
}
