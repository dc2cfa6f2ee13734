import type { RunningSystem as RunningProcesses } from "@polywire/system";
import type { Service } from "../services.ts";
import type { Endpoints } from "../wires/routes.ts";
import type { Address } from "./front-door.ts";
import type { DataServers } from "./start-servers.ts";

/** `.polywire/run.json`: where everything is. Addresses are `host:port`; null where there is none. No secrets. */
export interface RunDocument {
  readonly pid: number;
  readonly startedAt: string;
  readonly frontDoor: Address | null;
  readonly nats: Address | null;
  readonly postgres: Address;
  readonly services: readonly ServiceEntry[];
  /** Where the taps tell what they see; null: this run has none. */
  readonly tap: Address | null;
}

/** One process of ours. */
export interface ServiceEntry {
  readonly name: string;
  readonly instance: string;
  readonly pid: number;
  readonly http: Address | null;
  readonly grpc: Address | null;
  readonly connect: Address | null;
  readonly connectH2: Address | null;
  readonly ready: boolean;
}

/** What is known once everything runs. */
export interface RunFacts {
  readonly list: readonly Service[];
  readonly processes: RunningProcesses;
  readonly endpoints: Endpoints;
  readonly data: DataServers;
  readonly tap: Address | null;
  readonly startedAt: Date;
}

/** The discovery document of a run whose services are all ready. */
export function describeRun({ list, processes, endpoints, data, tap, startedAt }: RunFacts): RunDocument {
  const host = endpoints.gateway.slice(0, endpoints.gateway.lastIndexOf(":"));
  const at = (port: number | undefined): Address | null => (port === undefined ? null : `${host}:${port}`);
  return {
    pid: process.pid,
    startedAt: startedAt.toISOString(),
    frontDoor: endpoints.frontDoor,
    nats: data.nats === null ? null : new URL(data.nats.url).host,
    postgres: new URL(data.postgres.url).host,
    services: list.map(({ name, label, ports }, index) => ({
      name,
      instance: label,
      pid: processes.processes[index]?.pid ?? 0,
      http: at(ports.http),
      grpc: at(ports.grpc),
      connect: at(ports.connect),
      connectH2: at(ports.connectH2),
      ready: true,
    })),
    tap,
  };
}

/** What the page is told: where the browser reaches each surface, and what is ready at this moment. */
export async function pageEndpoints(
  run: RunDocument,
  { endpoints, versions, webPort }: { endpoints: Endpoints; versions: object; webPort: number },
): Promise<object> {
  const { frontDoor } = endpoints;
  const through = (direct: Address): string => `http://${frontDoor ?? direct}`;
  const services = run.services.map(async (service) => ({ ...service, ready: await isReady(service) }));
  return {
    frontDoor,
    web: `http://127.0.0.1:${webPort}`,
    surfaces: {
      rpc: through(endpoints.ordersConnect),
      rest: through(endpoints.gateway),
      realtime: through(endpoints.realtime),
    },
    parts: versions,
    services: await Promise.all(services),
  };
}

/** A service that takes longer than this to say that it is ready is not. */
const READY_TIMEOUT_MS = 1_000;

async function isReady({ http }: ServiceEntry): Promise<boolean> {
  const reply = await fetch(`http://${http}/readyz`, { signal: AbortSignal.timeout(READY_TIMEOUT_MS) }).catch(
    () => null,
  );
  return reply?.ok ?? false;
}
