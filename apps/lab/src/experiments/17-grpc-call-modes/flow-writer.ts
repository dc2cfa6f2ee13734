import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { create, toBinary } from "@bufbuild/protobuf";
import { Server, ServerCredentials, type ServerWritableStream, type sendUnaryData } from "@grpc/grpc-js";
import { ExportOrdersResponseSchema } from "@polywire/contract/polywire/orders/v1/order_service";
import { ASK, SEND } from "./flow-methods.ts";

/** A grpc-js server that writes one stream. */
export interface FlowWriter extends Disposable {
  readonly port: number;
  /** Bytes of messages that `write()` has taken. */
  readonly acceptedBytes: number;
  /** Whether it waits because `write()` said so. */
  readonly waits: boolean;
}

/** Orders with a long note, 16 KiB each. */
const MESSAGE = Buffer.from(
  toBinary(
    ExportOrdersResponseSchema,
    create(ExportOrdersResponseSchema, { orders: [{ note: "n".repeat(16 * 1024 - 8) }] }),
  ),
);

/** Starts it. The stream ends when so many bytes were written; `obey`: it waits whenever `write()` says to. */
export async function startFlowWriter({
  obey,
  totalBytes,
}: {
  obey: boolean;
  totalBytes: number;
}): Promise<FlowWriter> {
  let acceptedBytes = 0;
  let waits = false;
  const writeAll = async (call: Call): Promise<void> => {
    const cancelled = new AbortController();
    call.once("cancelled", () => cancelled.abort());
    while (acceptedBytes < totalBytes && !call.cancelled) {
      const room = call.write(MESSAGE);
      acceptedBytes += MESSAGE.length;
      waits = obey && !room;
      if (waits) await once(call, "drain", { signal: cancelled.signal });
      // As from a source that has one message at a time.
      else await setImmediate();
      waits = false;
    }
  };
  const server = new Server();
  server.addService(
    { send: SEND, ask: ASK },
    {
      // A cancelled call is the end of the measurement.
      send: (call: Call) => void writeAll(call).catch(() => undefined),
      ask: (_: unknown, answer: sendUnaryData<Buffer>) => answer(null, Buffer.alloc(0)),
    },
  );
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
    error === null ? resolve(port) : reject(error),
  );
  return {
    port: await promise,
    get acceptedBytes() {
      return acceptedBytes;
    },
    get waits() {
      return waits;
    },
    [Symbol.dispose]: () => server.forceShutdown(),
  };
}

type Call = ServerWritableStream<Buffer, Buffer>;
