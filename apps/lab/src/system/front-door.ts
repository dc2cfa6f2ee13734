import { readFileSync } from "node:fs";
import { errorToJson } from "@connectrpc/connect/protocol-connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { toProblem } from "@polywire/http";
import { REASONS, type Reason, rpcError } from "@polywire/rpc";

const TEMPLATE = new URL("../../../../envoy/envoy.yaml", import.meta.url);

/** `host:port` */
export type Address = string;

/** Where the front door listens and what stands behind it. */
export interface FrontDoorOptions {
  readonly host: string;
  readonly port: number;
  readonly ordersGrpc: readonly Address[];
  /** The h2c ports: Envoy speaks HTTP/2 to them, whatever the client spoke. */
  readonly ordersConnect: readonly Address[];
  readonly gateway: readonly Address[];
  readonly realtime: readonly Address[];
  readonly web: Address;
}

/** Envoy's configuration: `envoy/envoy.yaml` with the addresses of this run. */
export function frontDoorConfig(options: FrontDoorOptions): string {
  const values: Record<string, string> = {
    HOST: options.host,
    FRONT_DOOR_PORT: String(options.port),
    LOCAL_REPLY_MAPPERS: JSON.stringify(localReplyMappers()),
    ORDERS_GRPC: endpoints(options.ordersGrpc),
    ORDERS_CONNECT: endpoints(options.ordersConnect),
    GATEWAY: endpoints(options.gateway),
    REALTIME: endpoints(options.realtime),
    WEB: endpoints([options.web]),
  };
  return readFileSync(TEMPLATE, "utf8").replace(/"?\$\{([A-Z_]+)\}"?/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`envoy/envoy.yaml names \${${name}}, which the lab does not fill in`);
    return value;
  });
}

function endpoints(addresses: readonly Address[]): string {
  return JSON.stringify(
    addresses.map((address) => {
      const colon = address.lastIndexOf(":");
      return {
        endpoint: {
          address: {
            socket_address: { address: address.slice(0, colon), port_value: Number(address.slice(colon + 1)) },
          },
        },
      };
    }),
  );
}

/** What a refusal of Envoy's own means; of two that fit, the first counts. */
const REFUSALS: readonly Refusal[] = [
  { status: 401, because: "Jwt_is_expired", reason: "TOKEN_EXPIRED" },
  { status: 401, reason: "TOKEN_INVALID" },
  { status: 413, reason: "REQUEST_TOO_LARGE" },
  { status: 503, reason: "UPSTREAM_UNAVAILABLE" },
  { status: 504, reason: "DEADLINE_PASSED" },
];

interface Refusal {
  readonly status: number;
  /** Part of Envoy's response code details. */
  readonly because?: string;
  readonly reason: Reason;
}

/** Envoy's refusals, written as the services write theirs on each wire. */
function localReplyMappers(): unknown[] {
  return REFUSALS.flatMap((refusal) => {
    const error = rpcError(refusal.reason, REASONS[refusal.reason].meaning);
    const problem = toProblem(error, REQUEST_ID);
    const { "content-type": contentType, ...headers } = problem.headers;
    const status = new Headers();
    setTrailerStatus(status, error);
    return [
      mapper([...fits(refusal), IS_GRPC], {
        // Envoy writes status and message, which is the body here, by itself.
        headers_to_add: headersToAdd({ "grpc-status-details-bin": status.get("grpc-status-details-bin") ?? "" }),
        body_format_override: { text_format_source: { inline_string: error.rawMessage } },
      }),
      mapper([...fits(refusal), IS_CONNECT], {
        headers_to_add: headersToAdd(headers),
        body_format_override: { json_format: errorToJson(error, undefined), content_type: "application/json" },
      }),
      mapper(fits(refusal), {
        headers_to_add: headersToAdd(headers),
        body_format_override: { json_format: problem.body, content_type: contentType },
      }),
    ];
  });
}

/** Stands for the request's id until Envoy knows it. */
const REQUEST_ID = "REQUEST_ID";

const IS_GRPC = header("content-type", "application/grpc");
const IS_CONNECT = header(":path", "/polywire.");

function mapper(filters: readonly unknown[], reply: object): unknown {
  const text = JSON.stringify(reply).replaceAll(REQUEST_ID, "%REQ(X-REQUEST-ID)%");
  const [first, ...further] = filters;
  return { filter: further.length === 0 ? first : { and_filter: { filters } }, ...JSON.parse(text) };
}

function fits({ status, because }: Refusal): unknown[] {
  const value = { default_value: status, runtime_key: `polywire.local_reply_${status}` };
  const hasStatus = { status_code_filter: { comparison: { op: "EQ", value } } };
  return because === undefined ? [hasStatus] : [hasStatus, detailsContain(because)];
}

function detailsContain(text: string): unknown {
  return {
    extension_filter: {
      name: "envoy.access_loggers.extension_filters.cel",
      typed_config: {
        "@type": "type.googleapis.com/envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter",
        expression: `response.code_details.contains("${text}")`,
      },
    },
  };
}

function header(name: string, prefix: string): unknown {
  return { header_filter: { header: { name, string_match: { prefix } } } };
}

function headersToAdd(headers: Readonly<Record<string, string>>): unknown[] {
  return Object.entries(headers).map(([key, value]) => ({
    header: { key, value },
    append_action: "OVERWRITE_IF_EXISTS_OR_ADD",
  }));
}
