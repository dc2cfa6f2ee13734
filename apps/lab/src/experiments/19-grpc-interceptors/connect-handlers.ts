import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import type { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { tapMessages } from "@polywire/rpc";
import { CALL_HEADER, KIND_HEADER, ORDER_ID, SECRET } from "./calls.ts";
import type { ChainOptions } from "./chain.ts";
import { recovered } from "./recovered.ts";

type Handlers = Pick<ServiceImpl<typeof OrderService>, "getOrder" | "watchOrders" | "importOrders" | "fulfilOrders">;

/** Handlers that fail as the call's header asks for. */
export function connectHandlers(options: ChainOptions): Handlers {
  const wraps = options.recover === "wrapper";
  const answer = <T>(context: HandlerContext, make: () => Promise<T>): Promise<T> => {
    begin(context, options);
    if (!wraps) return fail(context, "throw") ?? make();
    const work = async () => fail(context, "throw") ?? make();
    return work().catch((error: unknown) => {
      throw recovered(error, callOf(context), options);
    });
  };
  const stream = <T>(context: HandlerContext, make: () => AsyncIterable<T>): AsyncIterable<T> => {
    begin(context, options);
    if (!wraps) return fail(context, "throw") ?? make();
    const work = async function* () {
      yield* fail(context, "throw") ?? make();
    };
    return tapMessages(work(), { onError: (error) => recovered(error, callOf(context), options) });
  };
  return {
    getOrder: (_request, context) =>
      answer(context, async () => {
        fail(context, "reject");
        return { order: { orderId: ORDER_ID } };
      }),
    watchOrders: (_request, context) => stream(context, () => responses(context)),
    importOrders: (requests, context) =>
      answer(context, async () => {
        await Array.fromAsync(requests);
        fail(context, "reject");
        return { storedOrders: 1n };
      }),
    fulfilOrders: (requests, context) =>
      stream(context, async function* () {
        await Array.fromAsync(requests);
        yield* responses(context);
      }),
  };
}

async function* responses(context: HandlerContext): AsyncGenerator<object> {
  fail(context, "reject");
  yield {};
  fail(context, "mid-stream");
  yield {};
}

function begin(context: HandlerContext, { book }: ChainOptions): void {
  const call = callOf(context);
  book.of(call).handlerRuns += 1;
  book.enter("handler", call);
}

/** Throws when the call is to fail in this way. */
function fail(context: HandlerContext, kind: string): undefined {
  if (context.requestHeader.get(KIND_HEADER) === kind) throw new Error(SECRET);
}

function callOf(context: HandlerContext): string {
  return context.requestHeader.get(CALL_HEADER) ?? "";
}
