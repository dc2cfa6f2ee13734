import type { CallOptions, Client } from "@connectrpc/connect";
import type { CommandResult, OrderService, WorkOffer } from "@polywire/contract/polywire/orders/v1/order_service";
import { refusal } from "./expect-error.ts";

type Requests = Parameters<Client<typeof OrderService>["fulfilOrders"]>[0];
type Request = Requests extends AsyncIterable<infer T> ? T : never;
type Command = NonNullable<Request["command"]>;

/** A packing station of a test. */
export interface TestStation extends AsyncDisposable {
  /** Says something and waits for the result. */
  say(command: Command): Promise<CommandResult>;
  /** Says something that has no result, or whose result does not matter. */
  tell(command: Command): void;
  /** The next offer. */
  offer(): Promise<WorkOffer>;
  /** Ids of the offers that have come and were not taken. */
  waitingOffers(): string[];
  halfClose(): void;
  /** Cancels the call. */
  leave(): void;
  /** How the call ended: `OK`, or code and reason. */
  ended: Promise<string>;
}

/** Opens a conversation; the result of the hello has come when it resolves. */
export async function openStation(
  client: Client<typeof OrderService>,
  caller: CallOptions,
  hello: { stationId: string; capacity: number },
): Promise<TestStation> {
  const leaving = new AbortController();
  const { readable, writable } = new TransformStream<Request, Request>(undefined, { highWaterMark: 1000 });
  const writer = writable.getWriter();
  const offers: WorkOffer[] = [];
  const takers: ((offer: WorkOffer) => void)[] = [];
  const results = new Map<number, (result: CommandResult) => void>();
  let lastId = 0;

  // A generator, because connect-es asks for a second iterator when a call is aborted.
  async function* requests(): AsyncGenerator<Request> {
    yield* readable as AsyncIterable<Request>;
  }
  const ended = refusal(read());
  async function read(): Promise<void> {
    for await (const { message } of client.fulfilOrders(requests(), { ...caller, signal: leaving.signal })) {
      if (message.case === "offer") (takers.shift() ?? ((offer) => offers.push(offer)))(message.value);
      if (message.case === "result") results.get(message.value.commandId)?.(message.value);
    }
  }
  const tell = (command: Command): void => {
    lastId += 1;
    writer.write({ command, commandId: command.case === "heartbeat" ? 0 : lastId }).catch(() => undefined);
  };
  const say = (command: Command): Promise<CommandResult> => {
    const { promise, resolve, reject } = Promise.withResolvers<CommandResult>();
    tell(command);
    results.set(lastId, resolve);
    void ended.then((how) => reject(new Error(`the conversation has ended: ${how}`)));
    return promise;
  };
  await say({ case: "hello", value: hello });
  return {
    say,
    tell,
    offer: () => {
      const next = offers.shift();
      return next === undefined ? new Promise((resolve) => takers.push(resolve)) : Promise.resolve(next);
    },
    waitingOffers: () => offers.map(({ order }) => order?.orderId ?? ""),
    halfClose: () => void writer.close().catch(() => undefined),
    leave: () => leaving.abort(),
    ended,
    [Symbol.asyncDispose]: async () => {
      leaving.abort();
      await ended;
    },
  };
}
