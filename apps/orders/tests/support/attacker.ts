import { once } from "node:events";
import { connect } from "node:net";
import { createHpackEncoder } from "@polywire/wire/hpack";
import { createFrameEncoder, createHttp2Connection, errorCodeName, type FrameEncoder } from "@polywire/wire/http2";

/** A client that speaks HTTP/2 on a bare socket and keeps to no rule. It answers nothing by itself. */
export interface Attacker extends AsyncDisposable {
  /** Writes frames of at most 256 KiB and waits until the socket has taken them. False: the server has hung up. */
  send(write: (frames: FrameEncoder) => void): Promise<boolean>;
  /** Any bytes. */
  sendBytes(bytes: Uint8Array): Promise<boolean>;
  /** The fields of the answer to a call, trailers among them, or `rst` with the name of its reset's code. */
  answer(streamId: number): Promise<Record<string, string>>;
  /** Waits until the server hangs up; the name of GOAWAY's code, "none" without one. */
  hungUp(): Promise<string>;
  /** From now on nothing is read: what the server writes piles up on its side. */
  stopReading(): void;
}

/** Connects and introduces itself. */
export async function attack(address: string): Promise<Attacker> {
  const [host, port] = address.split(":");
  const socket = connect(Number(port), host);
  socket.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  await once(socket, "connect");
  const view = createHttp2Connection();
  const answers = new Map<number, { fields: Record<string, string>; done: PromiseWithResolvers<void> }>();
  const answerOf = (streamId: number) => {
    const known = answers.get(streamId) ?? { fields: {}, done: Promise.withResolvers<void>() };
    answers.set(streamId, known);
    return known;
  };
  let goaway = "none";
  socket.on("data", (chunk) => {
    for (const event of view.push("server", chunk)) {
      if (event.type === "headers") {
        const { fields, done } = answerOf(event.streamId);
        for (const { name, value } of event.block?.fields ?? []) fields[name ?? ""] = value ?? "";
        if (event.endStream) done.resolve();
      } else if (event.type === "frame" && event.frame.type === "RST_STREAM") {
        const { fields, done } = answerOf(event.frame.streamId);
        fields.rst = errorCodeName(event.frame.errorCode);
        done.resolve();
      } else if (event.type === "frame" && event.frame.type === "DATA" && event.frame.endStream) {
        answerOf(event.frame.streamId).done.resolve();
      } else if (event.type === "frame" && event.frame.type === "GOAWAY") {
        goaway = errorCodeName(event.frame.errorCode);
      }
    }
  });

  const sendBytes = async (bytes: Uint8Array): Promise<boolean> => {
    if (socket.destroyed) return false;
    await Promise.race([new Promise((taken) => socket.write(bytes, taken)), closed]);
    return !socket.destroyed;
  };
  const send = (write: (frames: FrameEncoder) => void): Promise<boolean> => {
    const frames = new Uint8Array(256 * 1024);
    const encoder = createFrameEncoder(frames);
    write(encoder);
    return sendBytes(frames.subarray(0, encoder.length));
  };
  await send((frames) => {
    frames.preface();
    frames.settings([]);
    frames.settingsAck();
  });
  return {
    send,
    sendBytes,
    async answer(streamId) {
      const { fields, done } = answerOf(streamId);
      await Promise.race([done.promise, closed]);
      return fields;
    },
    async hungUp() {
      await closed;
      return goaway;
    },
    stopReading: () => void socket.pause(),
    async [Symbol.asyncDispose]() {
      socket.destroy();
      await closed;
    },
  };
}

/** The header block of a call, without the dynamic table: it can be sent again, and parts of it, on any connection. */
export function callHeaders(path: string, more: Record<string, string> = {}): Uint8Array {
  const fields = Object.entries({
    ":method": "POST",
    ":scheme": "http",
    ":path": path,
    ":authority": "orders",
    te: "trailers",
    "content-type": "application/grpc",
    ...more,
  }).map(([name, value]) => ({ name, value }));
  const hpack = createHpackEncoder({ maxTableBytes: 0 });
  const block = new Uint8Array(hpack.maxEncodedBytes(fields));
  return block.subarray(0, hpack.encode(fields, block, 0));
}

/** One message as gRPC frames it. */
export function message(bytes: Uint8Array, flag = 0): Uint8Array {
  const framed = Buffer.alloc(5 + bytes.length);
  framed.writeUInt8(flag, 0);
  framed.writeUInt32BE(bytes.length, 1);
  framed.set(bytes, 5);
  return framed;
}
