import type { MessageInitShape } from "@bufbuild/protobuf";
import { createWritableIterable } from "@connectrpc/connect/protocol";
import type { FulfilOrdersRequestSchema } from "@polywire/contract/polywire/orders/v1/order_service";
import { startBalancer } from "../building-blocks/balancer.ts";
import { startOrdersBackend } from "../building-blocks/orders-backend.ts";
import { sum } from "../building-blocks/sum.ts";
import type { RunContext } from "../framework/experiment.ts";
import { holdsIf, type Verdict } from "../framework/verdicts.ts";
import { connectOrders } from "./modes.ts";
import { createOrderService } from "./order-service.ts";

/** What reached each backend after two were added beside the first. */
export interface Spread {
  /** Messages of the stream that had begun before. */
  readonly stream: readonly number[];
  /** New unary calls. */
  readonly calls: readonly number[];
}

const BACKENDS = 3;

/** Opens a stream through an Envoy with one backend, adds two, and goes on with the stream and with unary calls. */
export async function spreadOverAdded(startEnvoy: RunContext["startEnvoy"], messages: number): Promise<Spread> {
  await using stack = new AsyncDisposableStack();
  const services = Array.from({ length: BACKENDS }, () => createOrderService([]));
  const addresses: string[] = [];
  for (const { methods } of services) addresses.push(stack.use(await startOrdersBackend(methods)).address);
  const balancer = stack.use(await startBalancer(startEnvoy, { layer: "http", backends: addresses.slice(0, 1) }));
  const { client } = stack.use(connectOrders(balancer.address));

  const commands = createWritableIterable<MessageInitShape<typeof FulfilOrdersRequestSchema>>();
  const answers = client.fulfilOrders(commands)[Symbol.asyncIterator]();
  const command = async (commandId: number): Promise<void> => {
    const written = commands.write({ commandId });
    // A result and an offer.
    await answers.next();
    await answers.next();
    await written;
  };
  for (let sent = 1; sent <= messages; sent += 1) await command(sent);
  await balancer.setBackends(addresses);
  const before = services.map(({ commands }) => commands);
  for (let sent = 1; sent <= messages; sent += 1) {
    await command(messages + sent);
    await client.getOrder({});
  }
  commands.close();
  await answers.next();
  return {
    stream: services.map(({ commands }, index) => commands - (before[index] ?? 0)),
    calls: services.map(({ calls }) => calls),
  };
}

/** Claim 17.3: who gets the messages of a stream that is older than the backends. */
export function balancingClaim({ stream, calls }: Spread): Verdict {
  const [first = 0, ...added] = stream;
  return holdsIf(
    first > 0 && added.every((messages) => messages === 0),
    `of ${sum(stream)} messages of the stream after two backends were added, ${stream.join(", ")} reached each`,
    [
      {
        name: "a unary call for each message",
        bit: calls.every((count) => count > 0),
        because: `of ${sum(calls)} calls at the same time ${calls.join(", ")} reached each`,
      },
    ],
  );
}
