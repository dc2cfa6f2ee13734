import {
  ConfigError,
  readEnvironment,
  type TlsConfig,
  tlsConfig,
  tlsVariables,
  variables,
  wholeNumber,
} from "@polywire/service";
import { z } from "zod";

/** How a push node is configured. */
export interface Config {
  /** Address to listen on. */
  host: string;
  /** Port of everything: /rt/ws, /rt/sse, /livez, /readyz and /metrics; 0 lets the system choose. */
  httpPort: number;
  /** Names this node to clients and in logs. */
  instance: string;
  logLevel: string;
  /** Where the log comes from: JetStream at this URL, or the order service itself with this token. */
  log: { natsUrl: string } | { serviceToken: string };
  /** Where the token issuer publishes its keys. */
  jwksUrl: string;
  /** `host:port` or `dns:///name:port` of the order service's gRPC. */
  ordersAddress: string;
  /** Origins whose pages may connect, beside the node's own. */
  allowedOrigins: readonly string[];
  /** How often each client is asked for a sign of life, in ms; one that has given none until the next is disconnected. */
  heartbeatMs: number;
  /** TLS of calls to the order service. Undefined: none. */
  tls?: TlsConfig | undefined;
}

const schema = z.object({
  POLYWIRE_HOST: variables.host,
  POLYWIRE_HTTP_PORT: variables.port,
  POLYWIRE_INSTANCE: variables.instance,
  POLYWIRE_LOG_LEVEL: variables.logLevel,
  POLYWIRE_NATS_URL: z.string().startsWith("nats://", "expected nats://host:port").optional(),
  POLYWIRE_SERVICE_TOKEN: variables.token.optional(),
  POLYWIRE_JWKS_URL: variables.jwksUrl,
  POLYWIRE_ORDERS_ADDRESS: variables.grpcAddress,
  POLYWIRE_ALLOWED_ORIGINS: variables.origins,
  POLYWIRE_HEARTBEAT_MS: wholeNumber(100, 3_600_000).default(15_000),
  ...tlsVariables,
});

/** Reads the configuration. @throws ConfigError naming everything that is wrong */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const values = readEnvironment(schema, environment);
  return {
    host: values.POLYWIRE_HOST,
    httpPort: values.POLYWIRE_HTTP_PORT,
    instance: values.POLYWIRE_INSTANCE,
    logLevel: values.POLYWIRE_LOG_LEVEL,
    log: logSource(values.POLYWIRE_NATS_URL, values.POLYWIRE_SERVICE_TOKEN),
    jwksUrl: values.POLYWIRE_JWKS_URL,
    ordersAddress: values.POLYWIRE_ORDERS_ADDRESS,
    allowedOrigins: values.POLYWIRE_ALLOWED_ORIGINS,
    heartbeatMs: values.POLYWIRE_HEARTBEAT_MS,
    tls: tlsConfig(values),
  };
}

function logSource(natsUrl: string | undefined, serviceToken: string | undefined): Config["log"] {
  if (natsUrl !== undefined) {
    return { natsUrl };
  }
  if (serviceToken !== undefined) {
    return { serviceToken };
  }
  throw new ConfigError([
    "POLYWIRE_SERVICE_TOKEN is missing: without POLYWIRE_NATS_URL the log is read from the order service, with a token of the scope events:read",
  ]);
}
