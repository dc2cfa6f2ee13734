export type { WireError } from "../core/wire-error.ts";
export {
  type CancelFound,
  type CancelTarget,
  createPostgresCancels,
  type PostgresCancels,
  type PostgresCancelsOptions,
} from "./cancels.ts";
export { createPostgresConnection, type PostgresConnection } from "./connection.ts";
export type {
  CancelRequestEvent,
  EncryptedEvent,
  ErrorEvent,
  MessageEvent,
  PostgresEvent,
  ResyncEvent,
  Side,
  StatementEndEvent,
  StatementEvent,
  StatementOutcome,
} from "./events.ts";
export type {
  BackendMessage,
  BackendSignal,
  FrontendMessage,
  PostgresMessage,
  PostgresReport,
  TransactionStatus,
} from "./messages.ts";
export type { PostgresConnectionOptions } from "./options.ts";
