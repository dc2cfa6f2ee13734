import { create, fromJsonString, toJsonString } from "@bufbuild/protobuf";
import type { OrderEvent } from "@polywire/contract/polywire/orders/v1/order";
import { ClientFrameSchema, ServerFrameSchema } from "@polywire/contract/polywire/realtime/v1/frames";
import type { Endpoints } from "./endpoints.ts";
import type { Session } from "./session.ts";

/** What the socket is doing. */
export type WatchState = "connecting" | "live" | "closed";

/** What a watcher is told. */
export interface WatchListener {
  readonly onState: (state: WatchState) => void;
  readonly onEvent: (event: OrderEvent) => void;
}

/** Follows the session's orders over a WebSocket until the returned function is called. */
export function watch({ surfaces }: Endpoints, session: Session, listener: WatchListener): () => void {
  const url = new URL("/rt/ws", surfaces.realtime);
  url.protocol = url.protocol.replace("http", "ws");
  url.searchParams.set("access_token", session.token);
  const socket = new WebSocket(url, "polywire.v1.json");
  listener.onState("connecting");
  socket.onopen = () => {
    const channel = `orders.customer.${session.customerId}`;
    const frame = create(ClientFrameSchema, { requestId: 1, request: { case: "subscribe", value: { channel } } });
    socket.send(toJsonString(ClientFrameSchema, frame));
  };
  socket.onmessage = ({ data }) => {
    const { message } = fromJsonString(ServerFrameSchema, String(data), { ignoreUnknownFields: true });
    if (message.case === "subscribed") listener.onState("live");
    if (message.case === "event" && message.value.payload.case === "orderEvent") {
      listener.onEvent(message.value.payload.value);
    }
  };
  socket.onclose = () => listener.onState("closed");
  return () => socket.close();
}
