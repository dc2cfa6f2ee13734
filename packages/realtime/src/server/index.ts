export { contiguous } from "./log/contiguous.ts";
export { createDirectEventLog, type DirectEventLogOptions } from "./log/direct-log.ts";
export type { EventLog, LogBounds, LogMessage, ReadOptions } from "./log/event-log.ts";
export { createJetStreamEventLog, type JetStreamEventLogOptions } from "./log/jetstream-log.ts";
export {
  createJetStreamPublisher,
  type JetStreamPublisher,
  type JetStreamPublisherOptions,
  type OutboxRange,
} from "./log/jetstream-publisher.ts";
export { createMemoryEventLog, type MemoryEventLog, type MemoryEventLogOptions } from "./log/memory-log.ts";
export { connectNats, type NatsOptions } from "./log/nats-connection.ts";
export { type RecoveryAnswer, recover } from "./log/recover.ts";
export type {
  AuthorizeChannel,
  Caller,
  ExecuteCommand,
  RealtimeServerOptions,
} from "./options.ts";
export { createRealtimeServer, type DrainOptions, type RealtimeCounts, type RealtimeServer } from "./server.ts";
export { type LogTail, type LogTailOptions, startLogTail } from "./tail/log-tail.ts";
export { refuseUpgrade } from "./transports/refusal.ts";
