import { readFileSync } from "node:fs";

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

/** What a refusal of Envoy's own means in the vocabulary that every wire shares. */
const REFUSALS = [
  { status: 401, code: "UNAUTHENTICATED", reason: "TOKEN_INVALID", title: "The token is not valid" },
  { status: 413, code: "RESOURCE_EXHAUSTED", reason: "REQUEST_TOO_LARGE", title: "The request is too large" },
  { status: 503, code: "UNAVAILABLE", reason: "UPSTREAM_UNAVAILABLE", title: "The service is not available" },
  { status: 504, code: "DEADLINE_EXCEEDED", reason: "DEADLINE_PASSED", title: "The deadline has passed" },
] as const;

/** One mapper for each refusal on Connect paths and one elsewhere (problem+json, RFC 9457). */
function localReplyMappers(): unknown[] {
  return REFUSALS.flatMap(({ status, code, reason, title }) => [
    {
      filter: both(statusIs(status), header(":path", { prefix: "/polywire." }), notGrpc()),
      body_format_override: {
        json_format: { code: connectCode(code), message: title },
        content_type: "application/json",
      },
    },
    {
      filter: both(statusIs(status), header(":path", { prefix: "/polywire." }, true), notGrpc()),
      body_format_override: {
        json_format: {
          type: "about:blank",
          title,
          status: "%RESPONSE_CODE%",
          code,
          reason,
          requestId: "%REQ(X-REQUEST-ID)%",
        },
        content_type: "application/problem+json",
      },
    },
  ]);
}

const connectCode = (code: string): string => code.toLowerCase();

function both(...filters: unknown[]): unknown {
  return { and_filter: { filters } };
}

function statusIs(status: number): unknown {
  const value = { default_value: status, runtime_key: `polywire.local_reply_${status}` };
  return { status_code_filter: { comparison: { op: "EQ", value } } };
}

function header(name: string, match: Record<string, string>, invert = false): unknown {
  return { header_filter: { header: { name, string_match: match, invert_match: invert } } };
}

/** gRPC carries the refusal in its own status, which Envoy makes by itself. */
function notGrpc(): unknown {
  return {
    header_filter: {
      header: {
        name: "content-type",
        string_match: { prefix: "application/grpc" },
        invert_match: true,
        treat_missing_header_as_empty: true,
      },
    },
  };
}
