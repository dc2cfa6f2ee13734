import { create, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  jetstream,
  RetentionPolicy,
  StorageType,
} from "@nats-io/jetstream";
import { type NatsConnection, nanos } from "@nats-io/transport-node";
import { type OrderEvent, OrderEventSchema } from "@polywire/contract/polywire/orders/v1/order";
import { makeCursor } from "../../protocol/cursor.ts";
import {
  defaultStream,
  defaultSubject,
  epochMetadataKey,
  findStream,
  manage,
  streamEpoch,
  unavailable,
} from "./jetstream-stream.ts";

/** Options of {@link createJetStreamPublisher}. */
export interface JetStreamPublisherOptions {
  /** From `connectNats`. Stays the caller's to close. */
  connection: NatsConnection;
  /** The epoch of the outbox, `[0-9a-z]{1,32}`. */
  epoch: string;
  /** The stream. Default `POLYWIRE_EVENTS`. */
  stream?: string;
  /** The subject. Default `polywire.events.orders`. */
  subject?: string;
  /** How many events the stream keeps; the oldest goes first. Default 100,000. */
  maxEvents?: number;
  /** How many servers of a NATS cluster hold the stream. Default 1. */
  replicas?: number;
}

/** Where the outbox begins and ends. */
export interface OutboxRange {
  /** The oldest offset that the outbox still holds; the next one to be given out when it holds none. At least 1. */
  firstOffset: bigint;
  /** The newest offset given out. Absent: not compared. */
  lastOffset?: bigint;
}

/** Copies the outbox into JetStream so that the stream's sequence numbers are the log's offsets. One at a time. */
export interface JetStreamPublisher {
  /**
   * The offset of the last event in the stream.
   *
   * @throws ConnectError UNAVAILABLE when JetStream does not answer or there is no stream
   */
  lastOffset(): Promise<bigint>;
  /**
   * Makes sure that there is a stream which the outbox can continue without a hole. A missing stream, one of another
   * epoch, and one that ends before what the outbox still holds are made anew, beginning at `firstOffset`: readers of
   * the old one are told `gap` or `epoch_changed`.
   *
   * @returns `lastOffset`: publish the next one first
   * @throws ConnectError FAILED_PRECONDITION when the stream is somebody else's, or is ahead of the outbox
   * @throws ConnectError UNAVAILABLE when JetStream does not answer
   */
  ensure(outbox: OutboxRange): Promise<{ created: boolean; lastOffset: bigint }>;
  /**
   * Publishes an event as number `offset`. Calls may overlap if they are made in the order of the offsets: when one
   * fails, those after it fail too.
   *
   * @returns "duplicate" when the stream has this very event at this offset already
   * @throws ConnectError FAILED_PRECONDITION when the stream continues with another number: call `ensure`
   * @throws ConnectError UNAVAILABLE when JetStream does not answer or there is no stream: call `ensure`
   */
  publish(event: OrderEvent, offset: bigint): Promise<"stored" | "duplicate">;
}

/** Creates the publisher. Nothing is sent before the first call. */
export function createJetStreamPublisher(options: JetStreamPublisherOptions): JetStreamPublisher {
  const { connection, epoch, stream = defaultStream, subject = defaultSubject } = options;
  const publishing = jetstream(connection);

  async function ensure({ firstOffset, lastOffset }: OutboxRange) {
    const manager = await manage(connection);
    const info = await findStream(manager, stream);
    if (info !== undefined) {
      const last = BigInt(info.state.last_seq);
      const sameEpoch = streamEpoch(info) === epoch;
      if (sameEpoch && lastOffset !== undefined && last > lastOffset) {
        throw mismatch(`${stream} ends at ${last}, the outbox at ${lastOffset}: the outbox needs a new epoch`);
      }
      if (sameEpoch && last >= firstOffset - 1n) {
        return { created: false, lastOffset: last };
      }
      await manager.streams.delete(stream);
    }
    await createStream(manager, firstOffset);
    return { created: true, lastOffset: firstOffset - 1n };
  }

  async function createStream(manager: JetStreamManager, firstOffset: bigint) {
    await manager.streams
      .add({
        name: stream,
        subjects: [subject],
        metadata: { [epochMetadataKey]: epoch },
        first_seq: Number(firstOffset),
        max_msgs: options.maxEvents ?? 100_000,
        num_replicas: options.replicas ?? 1,
        storage: StorageType.File,
        retention: RetentionPolicy.Limits,
        discard: DiscardPolicy.Old,
        duplicate_window: nanos(120_000),
        // A message taken out of the middle would be a hole that no reader could get over.
        deny_delete: true,
      })
      .catch((error: unknown) => {
        throw unavailable(`the JetStream stream ${stream} can't be made`, error);
      });
  }

  async function publish(event: OrderEvent, offset: bigint) {
    const placed = create(OrderEventSchema, { ...event, cursor: makeCursor(epoch, offset) });
    try {
      const stored = await publishing.publish(subject, toBinary(OrderEventSchema, placed), {
        msgID: event.eventId,
        expect: { streamName: stream, lastSequence: Number(offset - 1n) },
      });
      if (BigInt(stored.seq) !== offset) {
        throw mismatch(`event ${event.eventId} is number ${stored.seq} of ${stream}, not ${offset}`);
      }
      return stored.duplicate ? "duplicate" : "stored";
    } catch (error) {
      if (error instanceof ConnectError) {
        throw error;
      }
      if (!(error instanceof JetStreamApiError) || error.code !== JetStreamApiCodes.StreamWrongLastSequence) {
        throw unavailable(`event ${event.eventId} was not acknowledged by ${stream}`, error);
      }
      if (await holds(event.eventId, offset)) {
        return "duplicate";
      }
      throw mismatch(`${stream} does not continue with number ${offset}: ${error.message}`);
    }
  }

  /** Whether the event is already at its place: the server forgets ids after the duplicate window, we do not. */
  async function holds(eventId: string, offset: bigint): Promise<boolean> {
    const manager = await manage(connection);
    const message = await manager.streams.getMessage(stream, { seq: Number(offset) }).catch(() => null);
    return message?.header.get("Nats-Msg-Id") === eventId;
  }

  return {
    ensure,
    publish,
    async lastOffset() {
      const info = await findStream(await manage(connection), stream);
      if (info === undefined) {
        throw unavailable(`the JetStream stream ${stream} does not exist: call ensure`);
      }
      return BigInt(info.state.last_seq);
    },
  };
}

function mismatch(message: string): ConnectError {
  return new ConnectError(message, Code.FailedPrecondition);
}
