import { readEnvironment, type TlsConfig, tlsConfig, tlsVariables, variables } from "@polywire/service";
import { z } from "zod";

/** How the gateway is configured. */
export interface Config {
  /** Address to listen on. */
  host: string;
  /** Port of REST and of /livez, /readyz and /metrics; 0 lets the system choose. */
  httpPort: number;
  /** Name of this instance in logs. */
  instance: string;
  logLevel: string;
  /** `host:port` or `dns:///name:port` of the order service's gRPC. */
  ordersAddress: string;
  /** File with the private key (JWK) that signs development tokens; made when it is missing. */
  tokenKeyFile: string;
  /** Origins whose pages may call, when no proxy answers for CORS. */
  allowedOrigins: readonly string[];
  /** TLS of calls to the order service. Undefined: none. */
  tls?: TlsConfig | undefined;
}

const schema = z.object({
  POLYWIRE_HOST: variables.host,
  POLYWIRE_HTTP_PORT: variables.port,
  POLYWIRE_INSTANCE: variables.instance,
  POLYWIRE_LOG_LEVEL: variables.logLevel,
  POLYWIRE_ORDERS_ADDRESS: variables.grpcAddress,
  POLYWIRE_TOKEN_KEY_FILE: z.string("expected the path of a file").min(1),
  POLYWIRE_ALLOWED_ORIGINS: variables.origins,
  ...tlsVariables,
});

export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const values = readEnvironment(schema, environment);
  return {
    host: values.POLYWIRE_HOST,
    httpPort: values.POLYWIRE_HTTP_PORT,
    instance: values.POLYWIRE_INSTANCE,
    logLevel: values.POLYWIRE_LOG_LEVEL,
    ordersAddress: values.POLYWIRE_ORDERS_ADDRESS,
    tokenKeyFile: values.POLYWIRE_TOKEN_KEY_FILE,
    allowedOrigins: values.POLYWIRE_ALLOWED_ORIGINS,
    tls: tlsConfig(values),
  };
}
