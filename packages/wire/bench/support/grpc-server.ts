import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { announce } from "./part.ts";

/**
 * Answers a unary call with 300 bytes, and a stream with messages of 64 KiB, as many as its request says; where it says
 * how many in a second, until it is cancelled.
 */
const RESPONSE = Buffer.from(`0a29${"61".repeat(41)}`.padEnd(600, "0"), "hex");
const PIECE = Buffer.alloc(65_536, 1);
const asIs = (bytes: Buffer): Buffer => bytes;
const CODEC = {
  requestStream: false,
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
};

const server = new Server({ "grpc.enable_channelz": 0 });
server.addService(
  {
    get: { ...CODEC, path: "/test.Things/Get", responseStream: false },
    read: { ...CODEC, path: "/test.Things/Read", responseStream: true },
  },
  {
    get: (_call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>) => reply(null, RESPONSE),
    read: (call: ServerWritableStream<Buffer, Buffer>) => {
      const pieces = call.request.readUInt32BE();
      if (call.request.length > 4) {
        sendSlowly(call, call.request.readUInt32BE(4));
        return;
      }
      let sent = 0;
      const send = (): void => {
        while (sent < pieces) {
          sent += 1;
          if (!call.write(PIECE)) {
            call.once("drain", send);
            return;
          }
        }
        call.end();
      };
      send();
    },
  },
);
/** Goes on until the call is cancelled. */
function sendSlowly(call: ServerWritableStream<Buffer, Buffer>, piecesPerSecond: number): void {
  const startedAt = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - startedAt) / 1000) * piecesPerSecond;
    for (; sent < due && !call.writableNeedDrain; sent += 1) call.write(PIECE);
  }, 20);
  call.on("cancelled", () => clearInterval(timer));
}

server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  announce(port);
});
