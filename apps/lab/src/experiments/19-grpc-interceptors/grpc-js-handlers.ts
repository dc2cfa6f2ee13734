import { once } from "node:events";
import { create } from "@bufbuild/protobuf";
import {
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import {
  FulfilOrdersResponseSchema,
  GetOrderResponseSchema,
  ImportOrdersResponseSchema,
  WatchOrdersResponseSchema,
} from "@polywire/contract/polywire/orders/v1/order_service";
import { CALL_HEADER, KIND_HEADER, ORDER_ID, SECRET } from "./calls.ts";
import type { ChainOptions } from "./chain.ts";

type WireCall =
  | ServerUnaryCall<unknown, unknown>
  | ServerReadableStream<unknown, unknown>
  | ServerWritableStream<unknown, unknown>
  | ServerDuplexStream<unknown, unknown>;
type Readable = ServerReadableStream<unknown, unknown> | ServerDuplexStream<unknown, unknown>;
type Writable = ServerWritableStream<unknown, unknown> | ServerDuplexStream<unknown, unknown>;
type Respond = sendUnaryData<unknown>;

/** Handlers as one writes them, async functions, that fail as the call's header asks for. */
export function grpcJsHandlers(options: ChainOptions): UntypedServiceImplementation {
  const serve = (work: (call: never, respond: Respond) => Promise<void>) => serveBy(work as Work, options);
  return {
    getOrder: serve(async (call: WireCall, respond) => {
      fail(call, "reject");
      respond(null, create(GetOrderResponseSchema, { order: { orderId: ORDER_ID } }));
    }),
    watchOrders: serve((call: Writable) => write(call, create(WatchOrdersResponseSchema))),
    importOrders: serve(async (call: Readable, respond) => {
      await readAll(call);
      fail(call, "reject");
      respond(null, create(ImportOrdersResponseSchema, { storedOrders: 1n }));
    }),
    fulfilOrders: serve(async (call: ServerDuplexStream<unknown, unknown>) => {
      await readAll(call);
      await write(call, create(FulfilOrdersResponseSchema));
    }),
  };
}

type Work = (call: WireCall, respond: Respond) => Promise<void>;

function serveBy(work: Work, { book, recover }: ChainOptions) {
  return (wire: WireCall, respond: Respond): void => {
    const call = String(wire.metadata.get(CALL_HEADER)[0]);
    const run = (): Promise<void> => {
      book.of(call).handlerRuns += 1;
      book.enter("handler", call);
      fail(wire, "throw");
      return work(wire, respond);
    };
    if (recover === "wrapper") {
      void (async () => run())().catch(() => {
        book.of(call).caught += 1;
        answerInternal(wire, respond);
      });
      return;
    }
    // grpc-js does not look at what a handler returns. Caught here only to count it: Node ends the process for it.
    run().catch(() => {
      book.of(call).unhandled += 1;
    });
  };
}

function answerInternal(wire: WireCall, respond: Respond): void {
  const error = Object.assign(new Error("internal error"), { code: status.INTERNAL, details: "internal error" });
  if ("write" in wire) wire.emit("error", error);
  else respond(error);
}

async function write(wire: Writable, message: unknown): Promise<void> {
  fail(wire, "reject");
  wire.write(message);
  // The first message is on its way before the failure comes.
  await new Promise((resolve) => setImmediate(resolve));
  fail(wire, "mid-stream");
  wire.write(message);
  wire.end();
}

async function readAll(wire: Readable): Promise<void> {
  wire.resume();
  if (!wire.readableEnded) await once(wire, "end");
}

/** Throws when the call is to fail in this way. */
function fail(wire: WireCall, kind: string): void {
  if (wire.metadata.get(KIND_HEADER)[0] === kind) throw new Error(SECRET);
}
