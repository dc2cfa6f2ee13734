import {
  ConfigError,
  readEnvironment,
  serverTlsVariables,
  type TlsConfig,
  tlsConfig,
  variables,
  wholeNumber,
} from "@polywire/service";
import { z } from "zod";

/** How the order service is configured. */
export interface Config {
  /** Address to listen on. */
  host: string;
  /** Port of gRPC; 0 lets the system choose, as for every port. */
  grpcPort: number;
  /** Port of Connect and gRPC-Web over HTTP/1.1. */
  connectPort: number;
  /** Port of Connect and gRPC-Web over HTTP/2 without TLS. */
  connectH2Port: number;
  /** Port of /livez, /readyz and /metrics. */
  httpPort: number;
  /** Name of this instance in logs. */
  instance: string;
  logLevel: string;
  /** URL of the role that owns the schema `orders`. */
  postgresUrl: string;
  /** Where events are published; undefined: readers come to EventLogService. */
  natsUrl: string | undefined;
  /** Where the token issuer publishes its keys. */
  jwksUrl: string;
  /** The bearer token of work that nobody called for: confirming and releasing stock. */
  serviceToken: string;
  /** `host:port` of the pricing service's gRPC. */
  pricingAddress: string;
  /** `host:port` of the inventory service's gRPC. */
  inventoryAddress: string;
  /** Origins whose pages may call the Connect ports. Empty: none, as behind a front door that answers for itself. */
  allowedOrigins: readonly string[];
  /** How long events are kept in the outbox. */
  outboxRetentionMs: number;
  /** How long idempotency keys and their replies are kept. */
  idempotencyRetentionMs: number;
  /** How long a claim on an idempotency key holds when its call does not end. */
  claimLeaseMs: number;
  /** How long a packing station keeps what it holds without a sign of life. */
  stationLeaseMs: number;
  /** Exports at the same time; each keeps a connection to Postgres. */
  maxSnapshots: number;
  /** How long an export may take, streamed or in the background. */
  snapshotMaxMs: number;
  /** How far this process's clock is put wrong, for development: experiments show what depends on clocks. */
  clockSkewMs: number;
  /** Exports of one customer that are written in the background or kept. */
  maxExports: number;
  /** How long the result of an export is kept. */
  exportRetentionMs: number;
  /** The most that one export in the background may write. */
  exportMaxBytes: number;
  /** How long such an export counts as being written without a sign of its writer. */
  exportLeaseMs: number;
  /** Calls a second of each customer, on every wire together, in this instance. Undefined: any number. */
  maxCallsPerSecond?: number | undefined;
  /** TLS of the gRPC port and of calls to other services. Undefined: none. */
  tls?: TlsConfig | undefined;
}

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;

const schema = z.object({
  POLYWIRE_HOST: variables.host,
  POLYWIRE_GRPC_PORT: variables.port,
  POLYWIRE_CONNECT_PORT: variables.port,
  POLYWIRE_CONNECT_H2_PORT: variables.port,
  POLYWIRE_HTTP_PORT: variables.port,
  POLYWIRE_INSTANCE: variables.instance,
  POLYWIRE_LOG_LEVEL: variables.logLevel,
  POLYWIRE_POSTGRES_URL: variables.postgresUrl,
  POLYWIRE_NATS_URL: z.string().startsWith("nats://", "expected nats://host:port").optional(),
  POLYWIRE_JWKS_URL: variables.jwksUrl,
  POLYWIRE_SERVICE_TOKEN: variables.token,
  POLYWIRE_PRICING_ADDRESS: variables.grpcAddress,
  POLYWIRE_INVENTORY_ADDRESS: variables.grpcAddress,
  POLYWIRE_ALLOWED_ORIGINS: variables.origins,
  POLYWIRE_OUTBOX_RETENTION_MS: wholeNumber(1000, YEAR_MS).default(7 * 24 * HOUR_MS),
  POLYWIRE_IDEMPOTENCY_RETENTION_MS: wholeNumber(1000, YEAR_MS).default(24 * HOUR_MS),
  POLYWIRE_CLAIM_LEASE_MS: wholeNumber(100, HOUR_MS).default(30_000),
  POLYWIRE_STATION_LEASE_MS: wholeNumber(100, HOUR_MS).default(30_000),
  POLYWIRE_MAX_SNAPSHOTS: wholeNumber(1, 8).default(4),
  POLYWIRE_SNAPSHOT_MAX_MS: wholeNumber(100, HOUR_MS).default(10 * 60_000),
  POLYWIRE_DEVELOPMENT_CLOCK_SKEW_MS: wholeNumber(0, HOUR_MS).default(0),
  POLYWIRE_MAX_EXPORTS: wholeNumber(1, 1000).default(5),
  POLYWIRE_EXPORT_RETENTION_MS: wholeNumber(100, YEAR_MS).default(HOUR_MS),
  POLYWIRE_EXPORT_MAX_BYTES: wholeNumber(1000, 2 ** 40).default(256 * 1024 * 1024),
  POLYWIRE_EXPORT_LEASE_MS: wholeNumber(100, HOUR_MS).default(30_000),
  POLYWIRE_MAX_CALLS_PER_SECOND: wholeNumber(1, 1_000_000).optional(),
  ...serverTlsVariables,
});

/** Reads the configuration. @throws ConfigError naming everything that is wrong */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const values = readEnvironment(schema, environment);
  if (values.POLYWIRE_DEVELOPMENT_CLOCK_SKEW_MS > 0 && environment.NODE_ENV === "production") {
    throw new ConfigError(["POLYWIRE_DEVELOPMENT_CLOCK_SKEW_MS is for development: NODE_ENV is production"]);
  }
  return {
    host: values.POLYWIRE_HOST,
    grpcPort: values.POLYWIRE_GRPC_PORT,
    connectPort: values.POLYWIRE_CONNECT_PORT,
    connectH2Port: values.POLYWIRE_CONNECT_H2_PORT,
    httpPort: values.POLYWIRE_HTTP_PORT,
    instance: values.POLYWIRE_INSTANCE,
    logLevel: values.POLYWIRE_LOG_LEVEL,
    postgresUrl: values.POLYWIRE_POSTGRES_URL,
    natsUrl: values.POLYWIRE_NATS_URL,
    jwksUrl: values.POLYWIRE_JWKS_URL,
    serviceToken: values.POLYWIRE_SERVICE_TOKEN,
    pricingAddress: values.POLYWIRE_PRICING_ADDRESS,
    inventoryAddress: values.POLYWIRE_INVENTORY_ADDRESS,
    allowedOrigins: values.POLYWIRE_ALLOWED_ORIGINS,
    outboxRetentionMs: values.POLYWIRE_OUTBOX_RETENTION_MS,
    idempotencyRetentionMs: values.POLYWIRE_IDEMPOTENCY_RETENTION_MS,
    claimLeaseMs: values.POLYWIRE_CLAIM_LEASE_MS,
    stationLeaseMs: values.POLYWIRE_STATION_LEASE_MS,
    maxSnapshots: values.POLYWIRE_MAX_SNAPSHOTS,
    snapshotMaxMs: values.POLYWIRE_SNAPSHOT_MAX_MS,
    clockSkewMs: values.POLYWIRE_DEVELOPMENT_CLOCK_SKEW_MS,
    maxExports: values.POLYWIRE_MAX_EXPORTS,
    exportRetentionMs: values.POLYWIRE_EXPORT_RETENTION_MS,
    exportMaxBytes: values.POLYWIRE_EXPORT_MAX_BYTES,
    exportLeaseMs: values.POLYWIRE_EXPORT_LEASE_MS,
    maxCallsPerSecond: values.POLYWIRE_MAX_CALLS_PER_SECOND,
    tls: tlsConfig(values),
  };
}
