import { fromBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { type Consumer, DeliverPolicy, type JsMsg, jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { type OrderEvent, OrderEventSchema } from "@polywire/contract/polywire/orders/v1/order";
import { contiguous } from "./contiguous.ts";
import type { EventLog, LogBounds, LogMessage, ReadOptions } from "./event-log.ts";
import { withHeartbeats } from "./heartbeats.ts";
import { defaultStream, findStream, manage, streamBounds, unavailable } from "./jetstream-stream.ts";
import { recover } from "./recover.ts";

/** Short, because a question asked while the server restarts may never be answered, and is asked again. */
const boundsTimeoutMs = 1000;

/** Options of {@link createJetStreamEventLog}. */
export interface JetStreamEventLogOptions {
  /** From `connectNats`. Stays the caller's to close. */
  connection: NatsConnection;
  /** The stream. Default `POLYWIRE_EVENTS`. */
  stream?: string;
  /** How many events a reading asks for ahead of its reader. Default 500. */
  prefetchEvents?: number;
  /** A reading that has nothing to deliver says so this often, in milliseconds. Default 5,000. */
  heartbeatMs?: number;
}

/**
 * The event log as JetStream keeps it: a recovery cache in front of the outbox, not the source of truth (its default
 * fsync interval can lose acknowledged writes on power loss; the relay refills it).
 *
 * A reading is an ordered consumer. It ends with UNAVAILABLE as soon as the connection is lost or the stream is gone,
 * because only a new reading can tell whether the stream that comes back is the same one.
 */
export function createJetStreamEventLog(options: JetStreamEventLogOptions): EventLog {
  const { connection, stream = defaultStream, prefetchEvents = 500, heartbeatMs = 5000 } = options;
  const losses = watchLosses(connection);

  async function bounds(): Promise<LogBounds> {
    const info = await findStream(await manage(connection, boundsTimeoutMs), stream);
    if (info === undefined) {
      throw unavailable(`the JetStream stream ${stream} does not exist yet: the relay of the order service makes it`);
    }
    return streamBounds(info);
  }

  async function* readStream({ cursor, signal }: ReadOptions): AsyncGenerator<LogMessage> {
    const lost = losses.signal();
    const start = recover(cursor, await bounds());
    yield { kind: "started", ...start };
    if (signal.aborted) {
      return;
    }
    const consumer = await openConsumer(connection, stream, start.cursor.offset + 1n);
    const messages = await consumer.consume({
      max_messages: prefetchEvents,
      expires: 10_000,
      abort_on_missing_resource: true,
    });
    // Not awaited: it resolves only when the iteration takes notice.
    const stop = () => void messages.close();
    const ended = AbortSignal.any([signal, lost]);
    ended.addEventListener("abort", stop, { once: true });
    if (ended.aborted) {
      stop();
    }
    try {
      for await (const message of messages) {
        if (ended.aborted) {
          break;
        }
        yield { kind: "event", event: decode(message) };
      }
    } catch (error) {
      throw error instanceof ConnectError ? error : unavailable(`reading ${stream} broke off`, error);
    } finally {
      ended.removeEventListener("abort", stop);
      stop();
      // A consumer that cannot be deleted now is collected by the server when nobody asks it for messages.
      consumer.delete().catch(() => undefined);
    }
    if (!signal.aborted) {
      throw unavailable(lost.aborted ? "the connection to NATS was lost" : `the JetStream stream ${stream} is gone`);
    }
  }

  return { bounds, read: (read) => withHeartbeats(contiguous(readStream(read)), heartbeatMs) };
}

async function openConsumer(connection: NatsConnection, stream: string, from: bigint): Promise<Consumer> {
  try {
    return await jetstream(connection).consumers.get(stream, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: Number(from),
    });
  } catch (error) {
    throw unavailable(`no reading of the JetStream stream ${stream} can be opened`, error);
  }
}

/** The event in a message, if the message is where the event says it belongs. */
function decode(message: JsMsg): OrderEvent {
  const event = fromBinary(OrderEventSchema, message.data);
  if (event.cursor?.offset !== BigInt(message.seq)) {
    throw new ConnectError(`message ${message.seq} holds the event of another offset`, Code.DataLoss);
  }
  return event;
}

/** One watch of the connection for all readings: each takes a signal that aborts when the connection is lost next. */
function watchLosses(connection: NatsConnection): { signal(): AbortSignal } {
  let next = new AbortController();
  void (async () => {
    for await (const status of connection.status()) {
      if (status.type === "disconnect") {
        next.abort();
        next = new AbortController();
      }
    }
    next.abort();
  })();
  return { signal: () => next.signal };
}
