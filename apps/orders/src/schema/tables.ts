import type { JsonValue } from "@bufbuild/protobuf";
import type { OrderEventType, OrderStatus } from "@polywire/contract/polywire/orders/v1/order";
import type { ExportFormat, ExportState } from "@polywire/contract/polywire/orders/v1/order_service";
import type { ColumnType, Generated } from "kysely";

/** The tables of schema `orders`. Times are read as microseconds (`micros`), never as JavaScript dates. */
export interface Tables {
  orders: OrdersTable;
  outbox: OutboxTable;
  idempotency_keys: IdempotencyKeysTable;
  service_state: ServiceStateTable;
  stations: StationsTable;
  held_orders: HeldOrdersTable;
  exports: ExportsTable;
  export_chunks: ExportChunksTable;
}

interface OrdersTable {
  order_id: string;
  customer_id: string;
  status: OrderStatus;
  version: Generated<bigint>;
  currency_code: string;
  total_minor_units: bigint;
  lines: Json<StoredLine[]>;
  note: string;
  /** The contract's `Address` in ProtoJSON. */
  shipping_address: Json<JsonValue> | null;
  cancel_reason: Generated<string>;
  /** What the stock is held under in the inventory service. */
  reservation_key: string;
  create_time: Generated<Date>;
  update_time: Generated<Date>;
}

/** One entry of `orders.lines`, in the order's currency. Amounts are text: JSON numbers lose digits. */
export interface StoredLine {
  sku: string;
  quantity: number;
  unitPrice: string;
  lineTotal: string;
}

/** A jsonb column: written as text, read parsed. */
type Json<T> = ColumnType<T, string, string>;

interface OutboxTable {
  id: Generated<bigint>;
  event_id: string;
  order_id: string;
  type: OrderEventType;
  /** The order after the change: the contract's `Order` in protobuf. */
  order_after: Uint8Array;
  commit_time: Date;
  /** The event's place in the log; null until the relay has stamped it. */
  log_offset: bigint | null;
  /** What inventory still has to be told about this event; null when nothing (any more). */
  stock_task: StockTask | null;
  reservation_key: string | null;
  /** When the task is tried next. */
  stock_task_time: Date | null;
}

/** What inventory is told because of an event; "reserve" stands for reserving and confirming at once. */
export type StockTask = "confirm" | "release" | "reserve";

interface IdempotencyKeysTable {
  principal: string;
  method: string;
  key: string;
  request_hash: Uint8Array;
  /** Names the order and its reservation; stays the same when a claim is taken over, so that the stock is held once. */
  order_id: string;
  /** Fencing token of who holds the claim. */
  token: string;
  lease_until: Date;
  /** The stored response in protobuf; null while the call runs. */
  reply: Uint8Array | null;
  create_time: Generated<Date>;
}

/** One row. */
interface ServiceStateTable {
  /** Names the numbering of the log. A new schema, so a new log, has a new one. */
  epoch: Generated<string>;
  /** The last offset given. */
  head_offset: Generated<bigint>;
  /** Signs page tokens. */
  page_token_key: Generated<Uint8Array>;
}

/** One row for each packing station that ever said hello. */
interface StationsTable {
  /** The subject of its token. */
  principal: string;
  station_id: string;
  /** The conversation in which it said hello last. */
  session: string;
}

/** Orders that were offered to a station, up to when they are shipped. */
interface HeldOrdersTable {
  order_id: string;
  principal: string;
  station_id: string;
  claimed: boolean;
  /** From then on an order that is not packed may be offered to another station. */
  expire_time: Date;
}

interface ExportsTable {
  export_id: string;
  customer_id: string;
  /** Whether it takes the orders of every customer. */
  sees_all: boolean;
  /** The contract's `OrderFilter` in protobuf. */
  filter: Uint8Array;
  format: ExportFormat;
  state: Generated<ExportState>;
  written_orders: Generated<bigint>;
  create_time: Generated<Date>;
  /** Fencing token of who writes it; null until somebody has. */
  token: string | null;
  /** From then on another instance may write it. */
  lease_until: Generated<Date>;
  /** How often somebody began to write it. */
  attempts: Generated<number>;
  /** When it is removed; null while it is written. */
  expire_time: Date | null;
  /** The contract's `ExportFailure` in protobuf; null unless it has failed. */
  failure: Uint8Array | null;
}

/** What an export has written, in pieces. */
interface ExportChunksTable {
  export_id: string;
  /** From 0. */
  number: number;
  data: Uint8Array;
}
