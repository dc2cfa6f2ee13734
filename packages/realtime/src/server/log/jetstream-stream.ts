import { Code, ConnectError } from "@connectrpc/connect";
import {
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  type StreamInfo,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { makeCursor } from "../../protocol/cursor.ts";
import type { LogBounds } from "./event-log.ts";

/** The JetStream stream that holds the log, unless another is named. */
export const defaultStream = "POLYWIRE_EVENTS";
/** The subject that events are published on, unless another is named. */
export const defaultSubject = "polywire.events.orders";
/** The key of the epoch in the stream's metadata. */
export const epochMetadataKey = "polywire_epoch";

/** The stream's state, `undefined` when there is no such stream. */
export async function findStream(manager: JetStreamManager, stream: string): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(stream);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) {
      return undefined;
    }
    throw unavailable("JetStream does not answer", error);
  }
}

/**
 * The epoch that the stream's sequence numbers belong to.
 *
 * @throws ConnectError FAILED_PRECONDITION for a stream that somebody else made under this name
 */
export function streamEpoch(info: StreamInfo): string {
  const epoch = info.config.metadata?.[epochMetadataKey];
  if (epoch === undefined) {
    throw new ConnectError(
      `the JetStream stream ${info.config.name} exists but is not an event log of Polywire: rename or remove it`,
      Code.FailedPrecondition,
    );
  }
  return epoch;
}

/** Where the log in the stream begins and ends: a sequence number is an offset. */
export function streamBounds(info: StreamInfo): LogBounds {
  const epoch = streamEpoch(info);
  const { first_seq: first, last_seq: last } = info.state;
  return {
    oldest: makeCursor(epoch, BigInt(Math.min(Math.max(0, first - 1), last))),
    head: makeCursor(epoch, BigInt(last)),
  };
}

/**
 * The connection's JetStream API. The account is not asked for anything, so it works while the server restarts.
 *
 * @param timeoutMs how long an answer may take, in milliseconds
 */
export function manage(connection: NatsConnection, timeoutMs = 5000): Promise<JetStreamManager> {
  return jetstreamManager(connection, { checkAPI: false, timeout: timeoutMs });
}

/** The canonical error for a log that can't be reached right now. */
export function unavailable(message: string, cause?: unknown): ConnectError {
  return new ConnectError(message, Code.Unavailable, undefined, undefined, cause);
}
