import type { Duplex } from "node:stream";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type ClientFrame, ServerFrameSchema } from "@polywire/contract/polywire/realtime/v1/frames";
import { publicError, rpcError, type VerifiedToken } from "@polywire/rpc";
import type { RawData, WebSocket } from "ws";
import type { FrameCodec } from "../../../protocol/codec/frame-codec.ts";
import { DISCONNECT_CODES, type DisconnectReason } from "../../../protocol/disconnect-codes.ts";
import { toWire } from "../../../protocol/errors.ts";
import { wsJsonEncoder, wsProtoEncoder } from "../../fanout/event-encoder.ts";
import type { Hub } from "../../fanout/hub.ts";
import type { Outlet } from "../../fanout/outlet.ts";
import { wsFrame } from "../../fanout/ws-frame.ts";
import type { ResolvedRealtimeServerOptions } from "../../options.ts";
import type { ClientConnection } from "../client-connection.ts";
import { createSocketWriter } from "../socket-writer.ts";
import { startTokenTimer } from "../token-timer.ts";
import { readClientFrame, requestIdOf } from "./client-frame.ts";
import { createRequests } from "./requests.ts";
import { createSubscriptions } from "./subscriptions.ts";

/** What a connection is made of once its upgrade was accepted. */
export interface WsConnectionParts {
  webSocket: WebSocket;
  /** The socket under it: frames that many clients share are written to it directly. */
  socket: Duplex;
  codec: FrameCodec;
  verified: VerifiedToken;
  token: string;
  hub: Hub;
  options: ResolvedRealtimeServerOptions;
  /** Counts a connection's end. */
  onDisconnect: (reason: DisconnectReason) => void;
}

/** The message of a frame that the server sends. */
export type ServerMessage = NonNullable<MessageInitShape<typeof ServerFrameSchema>["message"]>;

/** How long a client has to answer a close frame before its socket is cut. */
export const CLOSE_TIMEOUT_MS = 2000;

/** Serves one WebSocket client until it leaves or is disconnected. */
export function serveWebSocket(parts: WsConnectionParts): ClientConnection {
  const { webSocket, socket, codec, hub, options } = parts;
  const gone = new AbortController();
  const closed = Promise.withResolvers<void>();
  const identity = { principal: parts.verified, token: parts.token };
  const connectionId = crypto.randomUUID();
  let badFrames = 0;
  let answersPings = true;
  let wroteSinceBeat = false;

  const writer = createSocketWriter(socket, {
    maxBytes: options.maxSocketBytes,
    coalesce: true,
    onDrain() {
      webSocket.resume();
      subscriptions.pump();
    },
  });
  const outlet: Outlet = {
    encoder: codec.binary ? wsProtoEncoder : wsJsonEncoder,
    writable: writer.writable,
    drained: writer.drained,
    write(bytes) {
      wroteSinceBeat = true;
      writer.write(bytes);
    },
    started: (channel, answer) =>
      send({ case: "subscribed", value: { channel, ...answer } }, subscriptions.requestIdOf(channel)),
    gap: (channel, { after, cursor, skipped }) =>
      send({ case: "gap", value: { channel, after, cursor, skippedEvents: BigInt(skipped) } }),
    disconnect,
  };
  const requests = createRequests({ identity, options, gone: gone.signal, onError: sendError });
  const subscriptions = createSubscriptions({ outlet, hub, options, onRefused: sendError });
  const tokenTimer = startTokenTimer(options.clock, () => disconnect("TOKEN_EXPIRED"));
  const beat = setInterval(onBeat, options.heartbeatMs);

  function send(message: ServerMessage, requestId = 0) {
    outlet.write(wsFrame([codec.encodeServerFrame(create(ServerFrameSchema, { requestId, message }))], codec.binary));
  }

  function sendError(error: unknown, requestId: number, callId: string = crypto.randomUUID()) {
    send({ case: "error", value: toWire(publicError(error, callId), callId) }, requestId);
  }

  function receive(data: Buffer, isBinary: boolean) {
    answersPings = true;
    if (!writer.writable()) {
      // Who does not read its answers gets no further requests read.
      webSocket.pause();
    }
    let frame: ClientFrame;
    try {
      frame = readClientFrame(codec, data, isBinary);
    } catch (error) {
      sendError(error, requestIdOf(codec, data));
      badFrames += 1;
      if (badFrames > options.maxBadFrames) {
        disconnect("BAD_FRAMES");
      }
      return;
    }
    answer(frame);
  }

  function answer({ requestId, request }: ClientFrame) {
    const reply = (message: ServerMessage) => send(message, requestId);
    switch (request.case) {
      case "subscribe":
        requests.start(requestId, "subscribe", (caller) => subscriptions.subscribe(request.value, requestId, caller));
        break;
      case "unsubscribe":
        requests.start(requestId, "unsubscribe", async () => {
          subscriptions.unsubscribe(request.value.channel);
          reply({ case: "unsubscribed", value: { channel: request.value.channel } });
        });
        break;
      case "command":
        requests.command(requestId, request.value, (value) => reply({ case: "commandReply", value }));
        break;
      case "refreshToken":
        requests.start(requestId, "refreshToken", async (caller) => {
          const expireTime = await refresh(request.value.token, caller.signal);
          reply({ case: "tokenRefreshed", value: { expireTime } });
        });
        break;
      case "ping":
        reply({ case: "pong", value: {} });
        break;
    }
  }

  async function refresh(token: string, signal: AbortSignal) {
    const verified = await options.verify(token, signal);
    if (verified.subject !== identity.principal.subject) {
      throw rpcError("TOKEN_INVALID", "the new token is of another subject: connect anew with it");
    }
    await subscriptions.reauthorize({ principal: verified, token, requestId: connectionId, signal });
    identity.principal = verified;
    identity.token = token;
    tokenTimer.set(verified.expiresAtMs);
    return timestampFromMs(verified.expiresAtMs);
  }

  function onBeat() {
    if (!answersPings) {
      disconnect("NO_PONG");
      return;
    }
    answersPings = false;
    webSocket.ping();
    if (!wroteSinceBeat) {
      send({ case: "heartbeat", value: { head: subscriptions.sentUpTo() } });
    }
    wroteSinceBeat = false;
  }

  function disconnect(reason: DisconnectReason) {
    if (!gone.signal.aborted) {
      parts.onDisconnect(reason);
      end();
      webSocket.close(DISCONNECT_CODES[reason].code, reason);
      webSocket.resume();
    }
  }

  function end() {
    gone.abort();
    writer.stop();
    subscriptions.close();
    tokenTimer.stop();
    clearInterval(beat);
  }

  webSocket.on("message", (data: RawData, isBinary) => receive(data as Buffer, isBinary));
  webSocket.on("pong", () => {
    answersPings = true;
  });
  // A broken frame or connection: ws closes with the code that fits (RFC 6455 §7.4.1), and "close" follows.
  webSocket.on("error", () => undefined);
  webSocket.on("close", () => {
    end();
    closed.resolve();
  });
  tokenTimer.set(parts.verified.expiresAtMs);
  send({
    case: "welcome",
    value: {
      connectionId,
      nodeId: options.nodeId,
      heartbeatInterval: durationFromMs(options.heartbeatMs),
      tokenExpireTime: timestampFromMs(parts.verified.expiresAtMs),
    },
  });

  return {
    closed: closed.promise,
    disconnect,
    async drain(afterMs, withinMs) {
      await requests.finish(withinMs);
      send({ case: "reconnect", value: { after: durationFromMs(afterMs), cursor: subscriptions.sentUpTo() } });
      disconnect("DRAINING");
      await closed.promise;
    },
  };
}
