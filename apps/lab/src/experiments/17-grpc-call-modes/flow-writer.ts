import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { create, toBinary } from "@bufbuild/protobuf";
import { Server, type ServerWritableStream, type sendUnaryData } from "@grpc/grpc-js";
import { ExportOrdersResponseSchema } from "@polywire/contract/polywire/orders/v1/order_service";
import type { Address } from "../../system/front-door.ts";
import { listenPlainly } from "../building-blocks/plain-grpc.ts";
import { ASK, SEND } from "./flow-methods.ts";

/** A grpc-js server that writes one stream. */
export interface FlowWriter extends Disposable {
  readonly address: Address;
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
  return {
    address: await listenPlainly(server),
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
