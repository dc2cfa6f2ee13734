import type { NatsConnection } from "@nats-io/transport-node";
import { connectNats, createJetStreamPublisher, type JetStreamPublisher } from "@polywire/realtime/server";
import type { OutboxLog } from "./outbox-log.ts";
import type { Duty } from "./relay.ts";
import { offsetOf } from "./tail.ts";

/** Copies the log into JetStream while this instance is the relay. */
export interface Publishing {
  duty: Duty;
  /** The last offset known to be in JetStream; what comes after it must be kept. Undefined: not known yet. */
  readonly publishedOffset: bigint | undefined;
  /** Closes the connection. */
  close(): Promise<void>;
}

/**
 * Publishes what follows the stream's last message, in batches on one connection. JetStream's last sequence is the
 * only record of what was published, so nothing has to be kept in step with it; orders go on while NATS is away.
 */
export function createPublishing(log: OutboxLog, nats: { url: string; name: string }): Publishing {
  let connecting: Promise<NatsConnection> | undefined;
  let publishedOffset: bigint | undefined;

  const connected = (): Promise<NatsConnection> => {
    connecting ??= connectNats(nats).catch((error: unknown) => {
      connecting = undefined;
      throw error;
    });
    return connecting;
  };

  async function publish(signal: AbortSignal, healthy: () => void): Promise<void> {
    const publisher = createJetStreamPublisher({ connection: await connected(), epoch: log.epoch });
    publishedOffset = await continueStream(log, publisher);
    healthy();
    while (!signal.aborted) {
      const events = await log.next(publishedOffset);
      // Sent at once, acknowledged one by one: each expects the one before it, so that none can be left out.
      await Promise.all(events.map((event) => publisher.publish(event, offsetOf(event))));
      publishedOffset += BigInt(events.length);
      if (events.length > 0 || (await log.tail.changed(signal)) !== "heartbeat") continue;
      // Also while nothing is published: readers need the stream.
      publishedOffset = await continueStream(log, publisher);
    }
  }

  return {
    duty: publish,
    get publishedOffset() {
      return publishedOffset;
    },
    close: async () => {
      const connection = await connecting?.catch(() => undefined);
      await connection?.close();
    },
  };
}

/** Where to go on. A stream that was lost is made anew from the oldest event kept. */
async function continueStream(log: OutboxLog, publisher: JetStreamPublisher): Promise<bigint> {
  const { oldest, head } = await log.bounds();
  const { lastOffset } = await publisher.ensure({ firstOffset: oldest.offset + 1n, lastOffset: head.offset });
  return lastOffset;
}
