import { create, toJsonString } from "@bufbuild/protobuf";
import { ServerFrameSchema } from "@polywire/contract/polywire/realtime/v1/frames";
import { WebSocketServer } from "ws";
import { serveBursts, typicalEvent } from "./events.ts";

// What a first version usually does: one text for each client and event, one send for each.
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
    for (const client of server.clients) {
      client.send(toJsonString(ServerFrameSchema, frame));
    }
  });
});
process.on("disconnect", () => process.exit(0));
