import { fileURLToPath } from "node:url";
import type { ProcessSpec } from "@polywire/system";
import { calleeOf, type Hop } from "./tap/hops.ts";
import type { Taps } from "./tap/open-taps.ts";

/** A process of ours: what `@polywire/system` starts, and where it will listen. */
export interface Service {
  readonly name: ServiceName;
  /** Unique in the system, for example `realtime-2`. */
  readonly label: string;
  readonly ports: ServicePorts;
  readonly process: ProcessSpec;
}

export type ServiceName = "inventory" | "pricing" | "orders" | "gateway" | "realtime";

/** Where a service listens, each port on the same host; absent for what it does not offer. */
export interface ServicePorts {
  /** Operations (`/livez`, `/readyz`, `/metrics`), and REST or push where the service offers them. */
  readonly http: number;
  readonly grpc?: number;
  /** Connect and gRPC-Web over HTTP/1.1. */
  readonly connect?: number;
  /** Connect and gRPC-Web over HTTP/2. */
  readonly connectH2?: number;
}

/** What the services need to know of the rest of the system. */
export interface ServicesOptions {
  readonly host: string;
  /** A free port at each call. */
  readonly nextPort: () => Promise<number>;
  /** The address of a service's own schema, in its own role. */
  readonly postgresUrl: (schema: "orders" | "pricing" | "inventory") => Promise<string>;
  /** Null: realtime nodes read the event log from the order service instead. */
  readonly natsUrl: string | null;
  readonly tokenKeyFile: string;
  /** Given to every process, below its own variables. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the order service and the realtime nodes call others with when nobody called them. */
  readonly serviceToken: string;
  /** Origins whose pages may call the services directly; needed only where there is no front door. */
  readonly allowedOrigins: readonly string[];
  /** Gives the address under which one service reaches another: that of a tap where the hop is tapped. */
  readonly via: Taps["via"];
  readonly orders: number;
  readonly realtime: number;
  /** What the services log: calls too, or only what went wrong. */
  readonly logLevel: "info" | "warn";
  /** How often push nodes ask for a sign of life, in ms; undefined: as often as they do by themselves. */
  readonly heartbeatMs: number | undefined;
}

/** Of servers whose address names no port. */
const DEFAULT_PORTS: Readonly<Record<string, number>> = { nats: 4222, postgres: 5432 };

/** Every process of ours in this run, as data. */
export async function services(options: ServicesOptions): Promise<Service[]> {
  const { nextPort, postgresUrl, tokenKeyFile, serviceToken, via } = options;
  const at = (port: number): string => `${options.host}:${port}`;
  const gateway = { http: await nextPort() };
  const common = {
    ...options.environment,
    POLYWIRE_HOST: options.host,
    POLYWIRE_LOG_LEVEL: options.logLevel,
  };
  // Of everybody but the gateway, which holds the key itself.
  const verifier = { ...common, POLYWIRE_JWKS_URL: `http://${at(gateway.http)}/.well-known/jwks.json` };
  const through = async (hop: Hop, url: string): Promise<string> => {
    const tapped = new URL(url);
    tapped.host = await via(hop, `${tapped.hostname}:${tapped.port || DEFAULT_PORTS[calleeOf(hop)]}`);
    return tapped.href;
  };
  const postgres = async (name: "orders" | "pricing" | "inventory"): Promise<{ POLYWIRE_POSTGRES_URL: string }> => ({
    POLYWIRE_POSTGRES_URL: await through(`${name}>postgres`, await postgresUrl(name)),
  });
  const nats = async (name: "orders" | "realtime"): Promise<{ POLYWIRE_NATS_URL?: string }> =>
    options.natsUrl === null ? {} : { POLYWIRE_NATS_URL: await through(`${name}>nats`, options.natsUrl) };
  const origins =
    options.allowedOrigins.length === 0 ? {} : { POLYWIRE_ALLOWED_ORIGINS: options.allowedOrigins.join(",") };

  const inventory = { http: await nextPort(), grpc: await nextPort() };
  const pricing = { http: await nextPort(), grpc: await nextPort() };
  const orders = await times(options.orders, async () => ({
    http: await nextPort(),
    grpc: await nextPort(),
    connect: await nextPort(),
    connectH2: await nextPort(),
  }));
  const realtime = await times(options.realtime, async () => ({ http: await nextPort() }));
  const ordersAddress = at(orders[0]?.grpc ?? 0);
  const inventoryAddress = at(inventory.grpc);

  return [
    spec("inventory", {
      ports: inventory,
      environment: { ...verifier, ...(await postgres("inventory")) },
    }),
    spec("pricing", {
      ports: pricing,
      environment: {
        ...verifier,
        ...(await postgres("pricing")),
        POLYWIRE_INVENTORY_ADDRESS: await via("pricing>inventory", inventoryAddress),
      },
    }),
    ...(await Promise.all(
      orders.map(async (ports, index) =>
        spec("orders", {
          ports,
          index,
          environment: {
            ...verifier,
            ...(await nats("orders")),
            ...(await postgres("orders")),
            ...origins,
            POLYWIRE_PRICING_ADDRESS: await via("orders>pricing", at(pricing.grpc)),
            POLYWIRE_INVENTORY_ADDRESS: await via("orders>inventory", inventoryAddress),
            POLYWIRE_SERVICE_TOKEN: serviceToken,
          },
        }),
      ),
    )),
    spec("gateway", {
      ports: gateway,
      environment: {
        ...common,
        ...origins,
        POLYWIRE_ORDERS_ADDRESS: await via("gateway>orders", ordersAddress),
        POLYWIRE_TOKEN_KEY_FILE: tokenKeyFile,
      },
      after: ["orders"],
    }),
    ...(await Promise.all(
      realtime.map(async (ports, index) =>
        spec("realtime", {
          ports,
          index,
          environment: {
            ...verifier,
            ...(await nats("realtime")),
            ...(options.heartbeatMs !== undefined && { POLYWIRE_HEARTBEAT_MS: String(options.heartbeatMs) }),
            ...origins,
            POLYWIRE_ORDERS_ADDRESS: await via("realtime>orders", ordersAddress),
            POLYWIRE_SERVICE_TOKEN: serviceToken,
          },
          after: ["orders"],
        }),
      ),
    )),
  ];
}

interface SpecOptions {
  readonly ports: ServicePorts;
  readonly environment: Readonly<Record<string, string>> & { readonly POLYWIRE_HOST: string };
  readonly index?: number;
  readonly after?: readonly ServiceName[];
}

function spec(name: ServiceName, { ports, environment, index = 0, after = [] }: SpecOptions): Service {
  const instance = String(index + 1);
  const label = `${name}-${instance}`;
  return {
    name,
    label,
    ports,
    process: {
      name,
      instance,
      entry: fileURLToPath(new URL(`../../${name}/src/main.ts`, import.meta.url)),
      environment: { ...environment, POLYWIRE_INSTANCE: label, ...portVariables(ports) },
      ready: { url: `http://${environment.POLYWIRE_HOST}:${ports.http}/readyz` },
      after,
    },
  };
}

function portVariables({ http, grpc, connect, connectH2 }: ServicePorts): Record<string, string> {
  return {
    POLYWIRE_HTTP_PORT: String(http),
    ...(grpc !== undefined && { POLYWIRE_GRPC_PORT: String(grpc) }),
    ...(connect !== undefined && { POLYWIRE_CONNECT_PORT: String(connect) }),
    ...(connectH2 !== undefined && { POLYWIRE_CONNECT_H2_PORT: String(connectH2) }),
  };
}

async function times<T>(count: number, make: () => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  for (let index = 0; index < count; index += 1) made.push(await make());
  return made;
}
