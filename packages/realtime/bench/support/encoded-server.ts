import { create, toJsonString } from "@bufbuild/protobuf";
import { ServerFrameSchema } from "@polywire/contract/polywire/realtime/v1/frames";
import { WebSocketServer } from "ws";
import { serveBursts, typicalEvent } from "./events.ts";

// A second version: the text is made once for all clients, and still sent once for each client and event.
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
server.on("listening", () => {
  const address = server.address();
  serveBursts(typeof address === "object" && address !== null ? address.port : 0, (number) => {
    const frame = create(ServerFrameSchema, {
      message: {
        case: "event",
        value: { channel: "orders", payload: { case: "orderEvent", value: typicalEvent(number) } },
      },
    });
    const text = Buffer.from(toJsonString(ServerFrameSchema, frame));
    for (const client of server.clients) {
      client.send(text, { binary: false });
    }
  });
});
process.on("disconnect", () => process.exit(0));
