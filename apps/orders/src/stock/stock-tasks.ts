import { type Client, Code, ConnectError } from "@connectrpc/connect";
import type { InventoryService } from "@polywire/contract/polywire/inventory/v1/inventory_service";
import { OrderEventType, OrderStatus } from "@polywire/contract/polywire/orders/v1/order";
import { type Kysely, type RawBuilder, type SqlBool, sql } from "kysely";
import type { Logger } from "pino";
import type { Duty } from "../log/relay.ts";
import type { WakeUp } from "../log/wake-up.ts";
import { cancelled } from "../orders/cancel.ts";
import { changeOrder } from "../orders/change-order.ts";
import { mayMove } from "../orders/status-machine.ts";
import type { StockTask, Tables } from "../schema/tables.ts";

/** Options of `createStockTasks`. */
export interface StockTasksOptions {
  db: Kysely<Tables>;
  inventory: Client<typeof InventoryService>;
  logger: Logger;
  /** Called when there may be something to do. */
  wakeUp: WakeUp;
  /** How often it looks without having been woken, in milliseconds. */
  pollMs: number;
}

/** Whether events of this type give inventory something to do. */
export function hasStockTask(type: OrderEventType): boolean {
  return type === OrderEventType.CREATED || type === OrderEventType.CANCELLED;
}

interface Task {
  id: bigint;
  order_id: string;
  stock_task: StockTask | null;
  reservation_key: string | null;
}

/** Tasks done side by side. */
const BATCH_TASKS = 32;
const CALL_TIMEOUT_MS = 5000;

/**
 * Tells inventory what became of the orders: a placed one's stock is confirmed, a cancelled one's is released. Each
 * outbox row carries its task until it is done, so that it is done at least once, whatever crashes; inventory's answers
 * are the same when it is done twice.
 */
export function createStockTasks(options: StockTasksOptions): Duty {
  const { db, wakeUp, pollMs } = options;
  return async function stockTasks(signal) {
    while (!signal.aborted) {
      const tasks = await due(db, sql`stock_task IN ('confirm', 'release')`, BATCH_TASKS);
      // Only then what imports have brought: a reservation that is to be confirmed runs out.
      tasks.push(...(await due(db, sql`stock_task = 'reserve'`, BATCH_TASKS - tasks.length)));
      await Promise.all(tasks.map((task) => attempt(options, task)));
      if (tasks.length < BATCH_TASKS) await wakeUp.wait(pollMs, signal);
    }
  };
}

function due(db: Kysely<Tables>, queue: RawBuilder<SqlBool>, limit: number): Promise<Task[]> {
  return db
    .selectFrom("outbox")
    .select(["id", "order_id", "stock_task", "reservation_key"])
    .where(queue)
    .where("stock_task_time", "<=", sql<Date>`clock_timestamp()`)
    .orderBy("stock_task_time")
    .limit(limit)
    .execute();
}

async function attempt(options: StockTasksOptions, task: Task): Promise<void> {
  try {
    if (task.stock_task !== "release") await take(options, task);
    else await options.inventory.releaseReservation(reservationOf(task), { timeoutMs: CALL_TIMEOUT_MS });
    await options.db.updateTable("outbox").set({ stock_task: null }).where("id", "=", task.id).execute();
  } catch (err) {
    options.logger.warn({ err, orderId: task.order_id, task: task.stock_task }, "stock task failed; will try again");
    await postpone(options.db, task);
  }
}

async function take(options: StockTasksOptions, task: Task): Promise<void> {
  const { db, logger } = options;
  const refusal = await takeStock(options, task).then(
    () => undefined,
    (error: unknown) => {
      if (isFinalRefusal(error)) return ConnectError.from(error);
      throw error;
    },
  );
  try {
    await changeOrder(db, { orderId: task.order_id }, (order) => {
      if (refusal !== undefined) {
        const isCancellable = mayMove(order.status, OrderStatus.CANCELLED);
        return isCancellable ? cancelled(order, "the stock could not be confirmed") : undefined;
      }
      if (order.status !== OrderStatus.PENDING) return undefined;
      return { type: OrderEventType.STATUS_CHANGED, order: { ...order, status: OrderStatus.CONFIRMED } };
    });
  } catch (error) {
    // Deleted meanwhile: cancelled before that, so its stock is given back.
    if (ConnectError.from(error).code !== Code.NotFound) throw error;
  }
  if (refusal !== undefined) logger.warn({ orderId: task.order_id, err: refusal }, "stock could not be confirmed");
}

async function takeStock({ db, inventory }: StockTasksOptions, task: Task): Promise<void> {
  if (task.stock_task === "reserve") {
    const order = await db
      .selectFrom("orders")
      .select("lines")
      .where("order_id", "=", task.order_id)
      .where("status", "=", OrderStatus.PENDING)
      .executeTakeFirst();
    // Cancelled before its stock was reserved.
    if (order === undefined) return;
    const lines = order.lines.map(({ sku, quantity }) => ({ sku, quantity }));
    await inventory.reserve({ ...reservationOf(task), lines }, { timeoutMs: CALL_TIMEOUT_MS });
  }
  await inventory.confirmReservation(reservationOf(task), { timeoutMs: CALL_TIMEOUT_MS });
}

/** The stock does not suffice, or the reservation has run out, was given back, or never was: trying again changes nothing. */
function isFinalRefusal(error: unknown): boolean {
  const { code } = ConnectError.from(error);
  return code === Code.FailedPrecondition || code === Code.NotFound;
}

/** Waits as long as the task is old, 30 seconds at most: the pauses double. */
async function postpone(db: Kysely<Tables>, { id }: Task): Promise<void> {
  await sql`
    UPDATE outbox
    SET stock_task_time = clock_timestamp()
      + least(interval '30 seconds', greatest(interval '200 milliseconds', clock_timestamp() - commit_time))
    WHERE id = ${id}`.execute(db);
}

function reservationOf({ reservation_key }: Task): { reservationKey: string } {
  return { reservationKey: reservation_key ?? "" };
}
