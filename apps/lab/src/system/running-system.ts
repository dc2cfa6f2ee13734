import type { TokenRequest } from "@polywire/rpc";
import { openTokenIssuer, provisionSchema } from "@polywire/service";
import {
  claimDiscovery,
  freePort,
  type LogSink,
  type PartOptions,
  startEnvoy,
  startSystem as startProcesses,
} from "@polywire/system";
import type { Faults } from "@polywire/wire/faults";
import type { Tap } from "@polywire/wire/tap";
import { type Service, type ServiceName, services } from "../services.ts";
import type { Hop } from "../tap/hops.ts";
import { faultsOn, openTaps, tapsOn } from "../tap/open-taps.ts";
import { serveTaps } from "../tap/serve-taps.ts";
import { buildWeb } from "../web/build-web.ts";
import { serveWeb } from "../web/serve-web.ts";
import type { Endpoints, Route } from "../wires/routes.ts";
import { describeRun, pageEndpoints, type RunDocument } from "./discovery.ts";
import { type Address, frontDoorConfig } from "./front-door.ts";
import { homePaths } from "./home.ts";
import { findParts, type Parts } from "./parts.ts";
import { startDataServers } from "./start-servers.ts";

/** The whole system, running and ready. */
export interface RunningSystem extends AsyncDisposable {
  readonly endpoints: Endpoints;
  /** What `.polywire/run.json` says. */
  readonly run: RunDocument;
  /** The real parts' versions; null for one that this run does without. */
  readonly versions: { readonly postgres: string | null; readonly nats: string | null; readonly envoy: string | null };
  /** Where the page is: at the front door, or on a port of its own. */
  readonly page: Address;
  readonly startMs: number;
  /** The address of Postgres as its superuser. */
  readonly postgresUrl: string;
  /** Every process there is, by name. */
  readonly processes: readonly { readonly name: string; readonly pids: readonly number[] }[];
  /** The processes that work when a call takes this route, the database included. */
  pidsBehind(route: Route): number[];
  issueToken(request: TokenRequest): Promise<string>;
  /** Calls `sink` for each line that a process logs from now on. Returns how to stop. */
  onLog(sink: LogSink): () => void;
  /** The taps on a hop: one, or one for each address that the hop leads to. Throws when `StartOptions.tap` has it not. */
  taps(hop: Hop): readonly [Tap, ...Tap[]];
  /** The faults that can be set on a hop, one set for each of its taps. Throws without `StartOptions.faults`. */
  faults(hop: Hop): readonly Faults[];
  /** Rejects when a process ends although nobody closed the system; never resolves. */
  readonly failure: Promise<never>;
}

/** How the system is started. */
export interface StartOptions {
  readonly partOptions: PartOptions;
  /** Preferred port of the front door. */
  readonly port: number;
  /** Start with no orders and no events. */
  readonly fresh?: boolean;
  readonly orders?: number;
  readonly realtime?: number;
  /** Hops to tap. Default: none. */
  readonly tap?: readonly Hop[];
  /** Whether faults can be set on the tapped hops. Default: false. */
  readonly faults?: boolean;
  /** How often push nodes ask their clients for a sign of life, in ms. Default: theirs. */
  readonly heartbeatMs?: number;
  /** Folder of the data and the discovery file. */
  readonly home: string;
  readonly log: LogSink;
  /** What the services log: calls too, or only what went wrong. Default: "warn". */
  readonly logLevel?: "info" | "warn";
  /** Variables for every process of a service, beside those that it gets anyway. Default: none. */
  readonly environment?: Readonly<Partial<Record<ServiceName, Readonly<Record<string, string>>>>>;
  /** Told what is going on, for people. */
  readonly onProgress: (message: string) => void;
  /** Told what a person should know although the start goes on. */
  readonly onNotice: (message: string) => void;
  /** Gives up, and leaves nothing running. */
  readonly signal: AbortSignal;
  /** When the command began, on the axis of `performance.now()`. Default: now. */
  readonly startedAt?: number;
}

const HOST = "127.0.0.1";
/** A smaller young generation, MiB: seven Node processes on a laptop, and 100 MB less than with V8's default. */
const NODE_FLAGS = "--max-semi-space-size=4";
const SERVICE_TOKEN_SECONDS = 30 * 24 * 3_600;

/** Starts everything in dependency order and resolves when all of it is ready. A failure leaves nothing behind. */
export async function startPolywire(options: StartOptions): Promise<RunningSystem> {
  const { signal, onProgress, startedAt = performance.now() } = options;
  const sinks = new Set<LogSink>([options.log]);
  const log: LogSink = (line) => {
    for (const sink of sinks) sink(line);
  };
  const paths = homePaths(options.home);
  await using stack = new AsyncDisposableStack();
  const discovery = stack.use(await claimDiscovery(paths.run));

  onProgress("looking for Postgres, NATS and Envoy");
  const [parts] = await Promise.all([findParts({ ...options.partOptions, signal }), buildWeb()]);
  for (const notice of noticesOf(parts)) options.onNotice(notice);

  onProgress("starting Postgres and NATS");
  const { partOptions, fresh = false } = options;
  const data = await startDataServers(stack, { parts, partOptions, dataDir: paths.data, fresh, log, signal });

  onProgress("starting the services");
  const issuer = await openTokenIssuer(paths.tokenKey);
  const serviceToken = await issuer.issue({
    subject: "polywire-services",
    scopes: ["events:read", "orders:fulfil"],
    ttlSeconds: SERVICE_TOKEN_SECONDS,
  });
  const { port: frontDoorPort, preferredTaken } = await freePort(options.port);
  const door = parts.envoy.found ? "the front door" : "the page";
  if (preferredTaken) options.onNotice(`port ${options.port} is taken: ${door} is on ${frontDoorPort}`);
  const nextPort = async (): Promise<number> => (await freePort()).port;
  const webPort = parts.envoy.found ? await nextPort() : frontDoorPort;
  const { tap = [] } = options;
  const taps = stack.use(openTaps(tap, options));
  const { via } = taps;
  const list = await services({
    host: HOST,
    nextPort,
    postgresUrl: (name) => provisionSchema({ adminUrl: data.postgres.url, name }),
    natsUrl: data.nats?.url ?? null,
    tokenKeyFile: paths.tokenKey,
    serviceToken,
    environment: { NODE_COMPILE_CACHE: paths.cache, NODE_OPTIONS: NODE_FLAGS },
    allowedOrigins: parts.envoy.found ? [] : [`http://${HOST}:${webPort}`, `http://localhost:${webPort}`],
    via,
    orders: options.orders ?? 1,
    realtime: options.realtime ?? 2,
    logLevel: options.logLevel ?? "warn",
    heartbeatMs: options.heartbeatMs,
  });
  const processes = stack.use(
    await startProcesses(
      list.map(({ name, process }) => ({
        ...process,
        environment: { ...process.environment, ...options.environment?.[name] },
      })),
      { log, signal },
    ),
  );

  const endpoints = endpointsOf(list, parts.envoy.found ? `${HOST}:${frontDoorPort}` : null);
  const tapServer = tap.length === 0 ? null : stack.use(await serveTaps({ host: HOST, taps: () => taps.opened }));
  const run = describeRun({ list, processes, endpoints, data, tap: tapServer?.address ?? null, startedAt: new Date() });
  stack.use(
    await serveWeb({
      host: HOST,
      port: webPort,
      endpoints: () => pageEndpoints(run, { endpoints, versions: versionsOf(parts), webPort }),
    }),
  );
  // A tap in front of Envoy takes the front door's own port.
  const envoyPort = tap.includes("client>envoy") ? await nextPort() : frontDoorPort;
  const behind = (hop: Hop, name: Service["name"], port: keyof Service["ports"]): Promise<Address[]> =>
    Promise.all(addresses(list, name, port).map((address) => via(hop, address)));
  const envoy = parts.envoy.found
    ? stack.use(
        await startEnvoy({
          config: frontDoorConfig({
            host: HOST,
            port: envoyPort,
            ordersGrpc: await behind("envoy>orders", "orders", "grpc"),
            ordersConnect: await behind("envoy>orders", "orders", "connectH2"),
            gateway: await behind("envoy>gateway", "gateway", "http"),
            realtime: await behind("envoy>realtime", "realtime", "http"),
            web: `${HOST}:${webPort}`,
          }),
          port: envoyPort,
          parts: options.partOptions,
          log,
          signal,
        }),
      )
    : null;
  if (envoy !== null) await via("client>envoy", `${HOST}:${envoyPort}`, { port: frontDoorPort });
  await discovery.write(run);

  const failure = Promise.race([
    processes.failure,
    data.postgres.failure,
    ...(data.nats === null ? [] : [data.nats.failure]),
    ...(envoy === null ? [] : [envoy.failure]),
  ]);
  failure.catch(() => undefined);
  const pidsOf = (name: string): readonly number[] => {
    if (name === "postgres") return data.postgres.pids;
    if (name === "nats") return data.nats?.pids ?? [];
    if (name === "envoy") return envoy?.pids ?? [];
    return processes.processes.filter((process) => process.name === name).map(({ pid }) => pid);
  };
  const names = ["postgres", "nats", "envoy", ...new Set(list.map(({ name }) => name))];
  const owned = stack.move();
  return {
    endpoints,
    run,
    versions: versionsOf(parts),
    page: `${HOST}:${frontDoorPort}`,
    startMs: Math.round(performance.now() - startedAt),
    postgresUrl: data.postgres.url,
    processes: names.map((name) => ({ name, pids: pidsOf(name) })),
    pidsBehind: ({ hops }) => ["postgres", ...hops].flatMap(pidsOf),
    issueToken: (request) => issuer.issue(request),
    onLog(sink) {
      // Each call is a subscription of its own, also of a function that already has one.
      const own: LogSink = (line) => sink(line);
      sinks.add(own);
      return () => sinks.delete(own);
    },
    taps: (hop) => tapsOn(hop, taps),
    faults: (hop) => faultsOn(hop, taps),
    failure,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function noticesOf(parts: Parts): string[] {
  const notices = Object.values(parts).flatMap(({ notices }) => notices);
  if (!parts.nats.found) {
    notices.push(`WITHOUT NATS (${parts.nats.reason}): push nodes read the event log from the order service`);
    notices.push(parts.nats.howTo);
  }
  if (!parts.envoy.found) {
    notices.push(`WITHOUT ENVOY (${parts.envoy.reason}): no front door, gRPC-Web goes straight to the order service`);
    notices.push(parts.envoy.howTo);
  }
  return notices;
}

function versionsOf({ postgres, nats, envoy }: Parts): RunningSystem["versions"] {
  const version = (part: Parts[keyof Parts]): string | null => (part.found ? part.version : null);
  return { postgres: version(postgres), nats: version(nats), envoy: version(envoy) };
}

function addresses(list: readonly Service[], name: Service["name"], port: keyof Service["ports"]): Address[] {
  return list.filter((service) => service.name === name).map(({ ports }) => `${HOST}:${ports[port]}`);
}

function endpointsOf(list: readonly Service[], frontDoor: Address | null): Endpoints {
  const first = (name: Service["name"], port: keyof Service["ports"]): Address => {
    const [address] = addresses(list, name, port);
    if (address === undefined) throw new Error(`there is no ${name} service`);
    return address;
  };
  return {
    frontDoor,
    gateway: first("gateway", "http"),
    ordersGrpc: first("orders", "grpc"),
    ordersConnect: first("orders", "connect"),
    realtime: first("realtime", "http"),
  };
}
