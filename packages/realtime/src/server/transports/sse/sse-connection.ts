import type { ServerResponse } from "node:http";
import { create, type MessageInitShape, toJsonString } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { ServerFrameSchema } from "@polywire/contract/polywire/realtime/v1/frames";
import type { Cursor } from "@polywire/contract/polywire/type/v1/cursor";
import { encodeSseEvent, encodeSseRetry } from "@polywire/http";
import { formatCursor } from "../../../protocol/cursor.ts";
import { DISCONNECT_CODES, type DisconnectReason } from "../../../protocol/disconnect-codes.ts";
import { sseEncoder } from "../../fanout/event-encoder.ts";
import type { Hub } from "../../fanout/hub.ts";
import type { Outlet } from "../../fanout/outlet.ts";
import type { ResolvedRealtimeServerOptions } from "../../options.ts";
import type { ClientConnection } from "../client-connection.ts";
import { createSocketWriter } from "../socket-writer.ts";
import { startTokenTimer } from "../token-timer.ts";

/** What an event stream is made of once its request was accepted. */
export interface SseConnectionParts {
  response: ServerResponse;
  channel: string;
  cursor: Cursor | undefined;
  expiresAtMs: number;
  hub: Hub;
  options: ResolvedRealtimeServerOptions;
  /** Counts a connection's end. */
  onDisconnect: (reason: DisconnectReason) => void;
}

type ServerMessage = NonNullable<MessageInitShape<typeof ServerFrameSchema>["message"]>;

/** How long a client that does not read may take for the end of its stream. */
const endTimeoutMs = 2000;

/** Serves one text/event-stream (WHATWG HTML §9.2) until the client leaves or is disconnected. */
export function serveEventStream(parts: SseConnectionParts): ClientConnection {
  const { response, channel, hub, options } = parts;
  const closed = Promise.withResolvers<void>();
  let isOver = false;
  let wroteSinceBeat = false;

  response.writeHead(200, {
    "content-type": "text/event-stream",
    // No store may keep a stream, no proxy may compress or collect it before passing it on.
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
  });
  response.flushHeaders();
  const writer = createSocketWriter(response, {
    maxBytes: options.maxSocketBytes,
    coalesce: false,
    onDrain: () => subscription.pump(),
  });
  const outlet: Outlet = {
    encoder: sseEncoder,
    writable: writer.writable,
    drained: writer.drained,
    write(bytes) {
      wroteSinceBeat = true;
      writer.write(bytes);
    },
    started: (_, answer) => send("started", answer.cursor, { case: "subscribed", value: { channel, ...answer } }),
    gap: (_, { after, cursor, skipped }) =>
      send("gap", cursor, { case: "gap", value: { channel, after, cursor, skippedEvents: BigInt(skipped) } }),
    disconnect,
  };

  function send(event: string, id: Cursor, message: ServerMessage) {
    const data = toJsonString(ServerFrameSchema, create(ServerFrameSchema, { message }));
    outlet.write(Buffer.from(encodeSseEvent({ id: formatCursor(id), event, data })));
  }

  function onBeat() {
    if (!wroteSinceBeat && writer.writable()) {
      const head = subscription.sentUpTo();
      send("heartbeat", head, { case: "heartbeat", value: { head } });
    }
    wroteSinceBeat = false;
  }

  function disconnect(reason: DisconnectReason) {
    if (!isOver) {
      parts.onDisconnect(reason);
      const data = JSON.stringify({ code: DISCONNECT_CODES[reason].code, reason });
      writer.write(Buffer.from(encodeSseEvent({ event: "disconnect", data })));
      end();
      response.end();
      const timer = setTimeout(() => response.destroy(), endTimeoutMs);
      response.once("close", () => clearTimeout(timer));
    }
  }

  function end() {
    isOver = true;
    writer.stop();
    subscription.close();
    tokenTimer.stop();
    clearInterval(beat);
  }

  const subscription = hub.subscribe({ channel, outlet, cursor: parts.cursor });
  subscription.caughtUp.catch(() => disconnect("LOG_CHANGED"));
  const tokenTimer = startTokenTimer(options.clock, () => disconnect("TOKEN_EXPIRED"));
  tokenTimer.set(parts.expiresAtMs);
  const beat = setInterval(onBeat, options.heartbeatMs);
  // A broken connection: "close" follows.
  response.on("error", () => undefined);
  response.on("close", () => {
    end();
    closed.resolve();
  });

  return {
    closed: closed.promise,
    disconnect,
    async drain(afterMs) {
      const cursor = subscription.sentUpTo();
      writer.write(Buffer.from(encodeSseRetry(afterMs)));
      send("reconnect", cursor, { case: "reconnect", value: { after: durationFromMs(afterMs), cursor } });
      disconnect("DRAINING");
      await closed.promise;
    },
  };
}
