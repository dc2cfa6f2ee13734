import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { freePort } from "@polywire/system";
import type { Address } from "../../system/front-door.ts";
import { splitAddress } from "../../wires/split-address.ts";
import type { RunContext } from "../framework/experiment.ts";

/** An Envoy of an experiment's own, in front of backends that speak HTTP/2 without TLS (gRPC). */
export interface Balancer extends AsyncDisposable {
  /** Where it listens. */
  readonly address: Address;
  /** Envoy's admin interface. */
  readonly adminUrl: string;
  /** The backends as Envoy sees them now. */
  hosts(): Promise<readonly BalancedHost[]>;
  /** Gives it other backends while it runs; resolves when Envoy has taken them. */
  setBackends(backends: readonly Address[]): Promise<void>;
}

/** A backend as Envoy sees it. */
export interface BalancedHost {
  readonly address: Address;
  /** Whether outlier detection has taken it out. */
  readonly ejected: boolean;
}

/** How an Envoy balances, and what. */
export interface BalancerOptions {
  /** `tcp` balances connections (L4, tcp_proxy), `http` balances requests (L7). */
  readonly layer: "tcp" | "http";
  readonly backends: readonly Address[];
  /** Further fields of the cluster, as Envoy has them: `outlier_detection`, `health_checks`. Default: none. */
  readonly cluster?: Readonly<Record<string, unknown>>;
  /** Further fields of the route's action, `http` only. Default: no timeout. */
  readonly route?: Readonly<Record<string, unknown>>;
}

/** Starts an Envoy that spreads what comes in over the backends, in turn. */
export async function startBalancer(startEnvoy: RunContext["startEnvoy"], options: BalancerOptions): Promise<Balancer> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "polywire-balancer-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  await writeEndpoints(folder, options.backends);
  const { port } = await freePort();
  const envoy = stack.use(await startEnvoy({ port, config: JSON.stringify(configOf(options, { port, folder })) }));
  const owned = stack.move();
  return {
    address: `${HOST}:${port}`,
    adminUrl: envoy.adminUrl,
    hosts: () => hostsOf(envoy.adminUrl),
    async setBackends(backends) {
      await writeEndpoints(folder, backends);
      const wanted = backends.toSorted().join();
      const deadline = performance.now() + TAKE_MS;
      while (addressesOf(await hostsOf(envoy.adminUrl)) !== wanted) {
        if (performance.now() > deadline) throw new Error(`Envoy did not take the backends ${wanted}`);
        await setTimeout(POLL_MS);
      }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const HOST = "127.0.0.1";
const CLUSTER = "backends";
const ENDPOINTS_FILE = "endpoints.json";
const POLL_MS = 20;
/** How long Envoy may take to see other backends; it takes some milliseconds. */
const TAKE_MS = 10_000;

/** Envoy watches for a file that is moved in, so that it never reads half of one. */
async function writeEndpoints(folder: string, backends: readonly Address[]): Promise<void> {
  const endpoints = backends.map((backend) => ({ endpoint: { address: socketAddress(splitAddress(backend)) } }));
  const assignment = {
    "@type": "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment",
    cluster_name: CLUSTER,
    endpoints: [{ lb_endpoints: endpoints }],
  };
  const path = join(folder, ENDPOINTS_FILE);
  await writeFile(`${path}.part`, JSON.stringify({ resources: [assignment] }));
  await rename(`${path}.part`, path);
}

function addressesOf(hosts: readonly BalancedHost[]): string {
  return hosts
    .map(({ address }) => address)
    .toSorted()
    .join();
}

async function hostsOf(adminUrl: string): Promise<BalancedHost[]> {
  const response = await fetch(`${adminUrl}/clusters?format=json`);
  const { cluster_statuses: clusters } = (await response.json()) as ClustersDocument;
  const { host_statuses: hosts = [] } = clusters.find(({ name }) => name === CLUSTER) ?? {};
  return hosts.map(({ address: { socket_address: at }, health_status: health }) => ({
    address: `${at.address}:${at.port_value}`,
    ejected: health.failed_outlier_check === true,
  }));
}

interface ClustersDocument {
  readonly cluster_statuses: readonly {
    readonly name: string;
    readonly host_statuses?: readonly {
      readonly address: { readonly socket_address: { readonly address: string; readonly port_value: number } };
      readonly health_status: { readonly failed_outlier_check?: boolean };
    }[];
  }[];
}

function configOf({ layer, cluster = {}, route = {} }: BalancerOptions, at: { port: number; folder: string }): object {
  const listener = {
    name: "front",
    address: socketAddress({ host: HOST, port: at.port }),
    filter_chains: [{ filters: [layer === "tcp" ? TCP_PROXY : httpManager(route)] }],
  };
  const source = {
    resource_api_version: "V3",
    path_config_source: { path: join(at.folder, ENDPOINTS_FILE), watched_directory: { path: at.folder } },
  };
  return {
    // Without a name of its own Envoy takes no endpoints from a file.
    node: { id: "lab", cluster: "lab" },
    static_resources: {
      listeners: [listener],
      clusters: [
        {
          name: CLUSTER,
          type: "EDS",
          eds_cluster_config: { eds_config: source },
          lb_policy: "ROUND_ROBIN",
          typed_extension_protocol_options: { [HTTP_OPTIONS]: SPEAKS_HTTP2 },
          ...cluster,
        },
      ],
    },
  };
}

const HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
const SPEAKS_HTTP2 = {
  "@type": `type.googleapis.com/${HTTP_OPTIONS}`,
  explicit_http_config: { http2_protocol_options: {} },
};

const TCP_PROXY = {
  name: "envoy.filters.network.tcp_proxy",
  typed_config: {
    "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
    stat_prefix: "front",
    cluster: CLUSTER,
  },
};

function httpManager(route: Readonly<Record<string, unknown>>): object {
  const action = { cluster: CLUSTER, timeout: "0s", ...route };
  return {
    name: "envoy.filters.network.http_connection_manager",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
      stat_prefix: "front",
      route_config: {
        virtual_hosts: [{ name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route: action }] }],
      },
      http_filters: [
        {
          name: "envoy.filters.http.router",
          typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
        },
      ],
    },
  };
}

function socketAddress({ host, port }: { readonly host: string; readonly port: number }): object {
  return { socket_address: { address: host, port_value: port } };
}
