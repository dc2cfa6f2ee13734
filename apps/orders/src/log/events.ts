import type { Client } from "@connectrpc/connect";
import type { InventoryService } from "@polywire/contract/polywire/inventory/v1/inventory_service";
import type { OrderEvent } from "@polywire/contract/polywire/orders/v1/order";
import type { Database } from "@polywire/service";
import type { Logger } from "pino";
import type { Config } from "../config.ts";
import type { Tables } from "../schema/tables.ts";
import { createStockTasks, hasStockTask } from "../stock/stock-tasks.ts";
import { type OutboxLog, openOutboxLog } from "./outbox-log.ts";
import { createPublishing } from "./publish.ts";
import { type Duty, startRelay } from "./relay.ts";
import { createRetention } from "./retention.ts";
import { createWakeUp } from "./wake-up.ts";

/** Options of `startEvents`. */
export interface EventsOptions {
  config: Config;
  database: Database<Tables>;
  inventory: Client<typeof InventoryService>;
  logger: Logger;
  /** How often a silent log says so, in milliseconds. */
  heartbeatMs: number;
}

/** The event log of this process and what works on it. */
export interface Events {
  readonly log: OutboxLog;
  close(): Promise<void>;
}

/** Events kept in memory, so that readers near the end need no SQL. */
const WINDOW_EVENTS = 1000;
const POLL_MS = 1000;
const SWEEP_MS = 60_000;

/** Opens the log and starts the relay with its duties: publishing, stock, retention. */
export async function startEvents(options: EventsOptions): Promise<Events> {
  const { config, database, inventory, logger } = options;
  const { db, pool } = database;
  const log = await openOutboxLog(db, { windowEvents: WINDOW_EVENTS, heartbeatMs: options.heartbeatMs });
  const wakeUp = createWakeUp();
  const publishing =
    config.natsUrl === undefined
      ? undefined
      : createPublishing(log, { url: config.natsUrl, name: `orders-${config.instance}` });
  const duties: Duty[] = [
    createStockTasks({ db, inventory, logger, wakeUp, pollMs: POLL_MS }),
    createRetention({
      db,
      outboxRetentionMs: config.outboxRetentionMs,
      keyRetentionMs: config.idempotencyRetentionMs,
      sweepMs: SWEEP_MS,
      publishedOffset: () => (publishing === undefined ? log.tail.head : publishing.publishedOffset),
    }),
  ];
  if (publishing !== undefined) duties.push(publishing.duty);
  const onStamped = (events: readonly OrderEvent[]): void => {
    if (events.some(({ type }) => hasStockTask(type))) wakeUp.wake();
  };
  const relay = startRelay({ pool, log, logger, duties, onStamped, pollMs: POLL_MS });
  return {
    log,
    close: async () => {
      await relay.close();
      log.tail.close();
      await publishing?.close();
    },
  };
}
