import type { MessageInitShape } from "@bufbuild/protobuf";
import { OrderStatus } from "@polywire/contract/polywire/orders/v1/order";
import type {
  FulfilOrdersRequest,
  FulfilOrdersResponseSchema,
} from "@polywire/contract/polywire/orders/v1/order_service";
import type { EventLog } from "@polywire/realtime/server";
import { rpcError } from "@polywire/rpc";
import { createWakeUp } from "../log/wake-up.ts";
import { answerCommand } from "./answer-command.ts";
import { createMailbox } from "./mailbox.ts";
import type { Offer, Station } from "./station.ts";

type Response = MessageInitShape<typeof FulfilOrdersResponseSchema>;

/** What a conversation needs. */
export interface ConversationOptions {
  station: Station;
  /** What the station says after its hello. */
  commands: AsyncIterator<FulfilOrdersRequest>;
  /** The answer to the hello. */
  helloId: number;
  /** Tells when there may be work. */
  log: EventLog;
  /** Ends the conversation; its reason is what it ends with. */
  signal: AbortSignal;
  heartbeatMs: number;
  /** How long the station may be silent. */
  leaseMs: number;
}

/** Work may come without an event: when another station goes silent or gives an order back. */
const POLL_MS = 1000;

/**
 * Talks with a packing station: answers its commands one after the other, offers it work as it comes, and shows that the
 * server is alive. A station that does not read is not heard either. The conversation ends when the station half-closes.
 */
export async function* converse(options: ConversationOptions): AsyncGenerator<Response, undefined> {
  const { station, commands, log, signal } = options;
  const out = createMailbox<Response>();
  const stop = new AbortController();
  const ending = AbortSignal.any([signal, stop.signal]);
  const wakeUp = createWakeUp();
  ending.addEventListener("abort", () => out.close(ending.reason));

  const silence = setTimeout(() => out.close(silent(options.leaseMs)), options.leaseMs);
  let sentSince = true;
  const heartbeat = setInterval(() => {
    if (!sentSince && !out.isFull) void out.put({ message: { case: "heartbeat", value: {} } });
    sentSince = false;
  }, options.heartbeatMs);

  async function answer(): Promise<void> {
    const hello = { commandId: options.helloId, code: "OK" };
    await out.put({ message: { case: "result", value: hello } });
    for (;;) {
      const { done, value: request } = await commands.next();
      if (done === true || ending.aborted) return;
      silence.refresh();
      await station.isAlive();
      const result = await answerCommand(station, request);
      if (result === undefined) continue;
      wakeUp.wake();
      await out.put({ message: { case: "result", value: result } });
    }
  }

  async function offerWork(): Promise<void> {
    await station.isAlive();
    await send(await station.held());
    while (!ending.aborted) {
      await send(await station.offers());
      await wakeUp.wait(POLL_MS, ending);
    }
  }

  async function send(offers: readonly Offer[]): Promise<void> {
    for (const offer of offers) await out.put({ message: { case: "offer", value: offer } });
  }

  async function listen(): Promise<void> {
    for await (const message of log.read({ cursor: undefined, signal: ending })) {
      if (message.kind === "event" && message.event.order?.status === OrderStatus.CONFIRMED) wakeUp.wake();
    }
  }

  const fail = (error: unknown): void => out.close(error);
  answer().then(() => out.close(), fail);
  const working = [offerWork().catch(fail), listen().catch(fail)];
  try {
    for await (const message of out) {
      sentSince = true;
      yield message;
    }
  } finally {
    clearTimeout(silence);
    clearInterval(heartbeat);
    stop.abort();
    commands.return?.().catch(() => undefined);
    await Promise.all(working);
  }
}

function silent(leaseMs: number): Error {
  return rpcError("STATION_LOST", `nothing was heard of this station for ${leaseMs / 1000} seconds; say hello again`);
}
