import { Code, ConnectError } from "@connectrpc/connect";
import { connect, type NatsConnection } from "@nats-io/transport-node";

/** How to reach NATS. */
export interface NatsOptions {
  /** `nats://host:port`, several separated by commas. */
  url: string;
  /** Shown in the server's connection list. */
  name: string;
  /** How long to wait between two attempts to get a lost connection back, in milliseconds. Default 250. */
  reconnectWaitMs?: number;
}

const oldestServer = [2, 11] as const;

/**
 * Connects to NATS and refuses a server that is too old. A connection that is lost later is sought again for ever;
 * what was being read or published meanwhile fails at once and is repeated by its owner.
 *
 * @throws ConnectError UNAVAILABLE when nobody answers at the address
 * @throws ConnectError FAILED_PRECONDITION when the server is older than 2.11 (ordered consumers and `first_seq` need it)
 */
export async function connectNats(options: NatsOptions): Promise<NatsConnection> {
  const connection = await connect({
    servers: options.url.split(","),
    name: options.name,
    maxReconnectAttempts: -1,
    reconnectTimeWait: options.reconnectWaitMs ?? 250,
    ignoreAuthErrorAbort: true,
  }).catch((cause: unknown) => {
    throw new ConnectError(
      `no NATS server answers at ${options.url}; start one or leave its address unset to read the log directly`,
      Code.Unavailable,
      undefined,
      undefined,
      cause,
    );
  });
  const version = connection.info?.version ?? "unknown";
  if (!isNewEnough(version)) {
    await connection.close();
    throw new ConnectError(
      `nats-server ${version} at ${options.url} is too old: ${oldestServer.join(".")} or newer is needed`,
      Code.FailedPrecondition,
    );
  }
  return connection;
}

/** Whether a nats-server of this version has what the event log needs. */
export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > oldestServer[0] || (major === oldestServer[0] && minor >= oldestServer[1]);
}
