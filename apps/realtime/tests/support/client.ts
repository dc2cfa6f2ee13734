import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ClientFrameSchema, type ServerFrame } from "@polywire/contract/polywire/realtime/v1/frames";
import { FRAME_CODECS } from "@polywire/realtime/protocol";
import { WebSocket } from "ws";

/** A WebSocket client in JSON. */
export interface Client {
  readonly frames: ServerFrame[];
  request(request: MessageInitShape<typeof ClientFrameSchema>["request"]): Promise<ServerFrame["message"]>;
  offsets(): bigint[];
  readonly closed: Promise<number>;
  close(): void;
}

const codec = FRAME_CODECS["polywire.v1.json"];

/** Connects to the node at `address`. */
export async function connectClient(address: string, token: string): Promise<Client> {
  const socket = new WebSocket(`ws://${address}/rt/ws?access_token=${token}`, codec.subprotocol);
  const frames: ServerFrame[] = [];
  const answers = new Map<number, (message: ServerFrame["message"]) => void>();
  const closed = Promise.withResolvers<number>();
  socket.on("message", (data: Buffer) => {
    const frame = codec.decodeServerFrame(data);
    frames.push(frame);
    answers.get(frame.requestId)?.(frame.message);
  });
  socket.on("close", (code) => closed.resolve(code));
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  let lastId = 0;
  return {
    frames,
    closed: closed.promise,
    close: () => socket.terminate(),
    request(request) {
      lastId += 1;
      const requestId = lastId;
      const answer = new Promise<ServerFrame["message"]>((resolve) => answers.set(requestId, resolve));
      socket.send(codec.encodeClientFrame(create(ClientFrameSchema, { requestId, ...(request && { request }) })), {
        binary: false,
      });
      return answer;
    },
    offsets: () =>
      frames.flatMap(({ message }) =>
        message.case === "event" ? (message.value.payload.value?.cursor?.offset ?? []) : [],
      ),
  };
}
