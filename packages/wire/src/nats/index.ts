export type { WireError } from "../core/wire-error.ts";
export { createNatsConnection, type NatsConnection } from "./connection.ts";
export type {
  NatsConnectEvent,
  NatsEncryptedEvent,
  NatsErrorEvent,
  NatsEvent,
  NatsFaultEvent,
  NatsHeaders,
  NatsInfoEvent,
  NatsMessageEvent,
  NatsPublishEvent,
  NatsResyncEvent,
  NatsSignalEvent,
  NatsSubscribeEvent,
  NatsUnsubscribeEvent,
  Side,
} from "./events.ts";
export type { NatsConnectionOptions } from "./options.ts";
