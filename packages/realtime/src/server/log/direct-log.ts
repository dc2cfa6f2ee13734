import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { EventLogService, type ReadLogResponse } from "@polywire/contract/polywire/events/v1/event_log_service";
import { makeCursor } from "../../protocol/cursor.ts";
import { contiguous } from "./contiguous.ts";
import type { EventLog, LogBounds, LogMessage, ReadOptions } from "./event-log.ts";

/** Options of {@link createDirectEventLog}. */
export interface DirectEventLogOptions {
  /** Reaches a server of EventLogService with a token of the scope `events:read`. Stays the caller's to close. */
  transport: Transport;
}

/** The event log read from its owner, EventLogService, without a broker between. */
export function createDirectEventLog(options: DirectEventLogOptions): EventLog {
  const client = createClient(EventLogService, options.transport);

  async function bounds(signal?: AbortSignal): Promise<LogBounds> {
    const { oldest, head } = await client.getLogBounds({}, signal === undefined ? {} : { signal });
    if (oldest === undefined || head === undefined) {
      throw new ConnectError("the log did not say where it begins and ends", Code.DataLoss);
    }
    return { oldest, head };
  }

  async function* readService({ cursor, signal }: ReadOptions): AsyncGenerator<LogMessage> {
    try {
      for await (const response of client.readLog(cursor === undefined ? {} : { cursor }, { signal })) {
        yield toLogMessage(response);
      }
    } catch (error) {
      if (signal.aborted) {
        return;
      }
      throw error;
    }
    if (!signal.aborted) {
      throw new ConnectError("the log ended the reading", Code.Unavailable);
    }
  }

  return { bounds, read: (read) => contiguous(readService(read)) };
}

function toLogMessage({ message }: ReadLogResponse): LogMessage {
  switch (message.case) {
    case "started":
      return {
        kind: "started",
        recovery: message.value.recovery,
        cursor: message.value.cursor ?? makeCursor("", 0n),
      };
    case "event":
      return { kind: "event", event: message.value };
    case "heartbeat":
      return { kind: "heartbeat", cursor: message.value };
    default:
      throw new ConnectError("the log sent a message of an unknown kind", Code.DataLoss);
  }
}
