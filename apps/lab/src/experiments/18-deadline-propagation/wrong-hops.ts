import { setTimeout as sleep } from "node:timers/promises";
import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { plainClient, unaryCall } from "../building-blocks/plain-grpc.ts";
import { type NaiveHopOptions, startNaiveHop } from "./naive-hop.ts";

const METHOD = OrderService.method.getOrder;
const OWN_TIMER_MS = 20;
const DEADLINE_HEADER = "x-deadline-epoch-ms";

/** What a hop makes of a deadline that it is told as a time of day, by its own clock. */
export async function askAbsolute({ budgetMs, skewMs }: { budgetMs: number; skewMs: number }) {
  let judgedMs = Number.NaN;
  const code = await askOnce(budgetMs, async (_request, _ask, { metadata }) => {
    judgedMs = Number(metadata.get(DEADLINE_HEADER)[0]) - (Date.now() + skewMs);
    if (judgedMs > 0) return {};
    throw Object.assign(new Error("the deadline has passed"), { code: status.DEADLINE_EXCEEDED });
  });
  return { judgedMs, code };
}

/** What a caller gets from a hop with a timer of its own, which throws an error of its own. */
export async function askOwnTimer(budgetMs: number): Promise<string> {
  return await askOnce(budgetMs, async () => {
    await sleep(OWN_TIMER_MS);
    throw new Error("inventory took too long");
  });
}

type Serve = NaiveHopOptions<typeof METHOD.input, typeof METHOD.output>["serve"];

async function askOnce(budgetMs: number, serve: Serve): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const hop = stack.use(await startNaiveHop({ method: METHOD, serve, propagation: () => "none", perHopMs: 0 }));
  const metadata = new Metadata();
  const deadline = Date.now() + budgetMs;
  metadata.set(DEADLINE_HEADER, String(deadline));
  return await unaryCall(plainClient(hop.address, stack), METHOD, {
    request: {},
    metadata,
    options: { deadline },
  }).then(
    () => "OK",
    (error: ServiceError) => status[error.code],
  );
}
