export type { ConnectServersOptions, RefusedConnection } from "./options.ts";
export { type ConnectServers, startConnectServers } from "./server.ts";
