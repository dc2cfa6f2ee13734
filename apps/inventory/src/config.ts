import {
  readEnvironment,
  serverTlsVariables,
  type TlsConfig,
  tlsConfig,
  variables,
  wholeNumber,
} from "@polywire/service";
import { z } from "zod";

/** How the inventory service is configured. */
export interface Config {
  /** Address to listen on. */
  host: string;
  /** Port of gRPC; 0 lets the system choose. */
  grpcPort: number;
  /** Port of /livez, /readyz and /metrics; 0 lets the system choose. */
  httpPort: number;
  /** Name of this instance in logs. */
  instance: string;
  logLevel: string;
  /** URL of the role that owns the schema `inventory`. */
  postgresUrl: string;
  /** Where the token issuer publishes its keys. */
  jwksUrl: string;
  /** How often expired reservations are collected. */
  sweepIntervalMs: number;
  /** TLS of the gRPC port. Undefined: none. */
  tls?: TlsConfig | undefined;
}

const schema = z.object({
  POLYWIRE_HOST: variables.host,
  POLYWIRE_GRPC_PORT: variables.port,
  POLYWIRE_HTTP_PORT: variables.port,
  POLYWIRE_INSTANCE: variables.instance,
  POLYWIRE_LOG_LEVEL: variables.logLevel,
  POLYWIRE_POSTGRES_URL: variables.postgresUrl,
  POLYWIRE_JWKS_URL: variables.jwksUrl,
  POLYWIRE_SWEEP_INTERVAL_MS: wholeNumber(100, 3_600_000).default(2000),
  ...serverTlsVariables,
});

export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const values = readEnvironment(schema, environment);
  return {
    host: values.POLYWIRE_HOST,
    grpcPort: values.POLYWIRE_GRPC_PORT,
    httpPort: values.POLYWIRE_HTTP_PORT,
    instance: values.POLYWIRE_INSTANCE,
    logLevel: values.POLYWIRE_LOG_LEVEL,
    postgresUrl: values.POLYWIRE_POSTGRES_URL,
    jwksUrl: values.POLYWIRE_JWKS_URL,
    sweepIntervalMs: values.POLYWIRE_SWEEP_INTERVAL_MS,
    tls: tlsConfig(values),
  };
}
