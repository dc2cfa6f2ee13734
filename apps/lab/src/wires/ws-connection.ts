import { create, fromJsonString, type MessageInitShape, toJsonString } from "@bufbuild/protobuf";
import { ClientFrameSchema, type ServerFrame, ServerFrameSchema } from "@polywire/contract/polywire/realtime/v1/frames";
import { WebSocket } from "ws";
import type { ClientOptions } from "./wire.ts";

/** A WebSocket to a realtime node, speaking `polywire.v1.json`. */
export interface WsConnection extends AsyncDisposable {
  send(frame: MessageInitShape<typeof ClientFrameSchema>): void;
  /** Rejects when the socket ends although nobody closed it; never resolves. */
  readonly failure: Promise<never>;
}

/** Connects and resolves when the socket is open. */
export async function openWs(
  { host, port, token }: ClientOptions,
  onFrame: (frame: ServerFrame) => void,
): Promise<WsConnection> {
  const socket = new WebSocket(`ws://${host}:${port}/rt/ws`, "polywire.v1.json", {
    headers: { authorization: `Bearer ${token}` },
    perMessageDeflate: false,
  });
  const opened = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<never>();
  ended.promise.catch(opened.reject);
  socket.on("open", opened.resolve);
  socket.on("error", ended.reject);
  socket.on("close", (code, reason) => ended.reject(new Error(`the socket was closed: ${code} ${reason}`)));
  socket.on("message", (data) => onFrame(fromJsonString(ServerFrameSchema, data.toString())));
  await opened.promise;
  return {
    send: (frame) => socket.send(toJsonString(ClientFrameSchema, create(ClientFrameSchema, frame))),
    failure: ended.promise,
    [Symbol.asyncDispose]: async () => socket.terminate(),
  };
}
