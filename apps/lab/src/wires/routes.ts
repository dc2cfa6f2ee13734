import type { Address } from "../system/front-door.ts";
import { restH1Client, restH2Client } from "./rest-client.ts";
import { rpcClient } from "./rpc-client.ts";
import type { CALL_WIRES, CallWire, ClientOptions, OrderClient, PUSH_WIRES, PushWire } from "./wire.ts";
import { wsJsonClient } from "./ws-client.ts";

/** Where the parts of a running system listen; null for a part that this run does without. */
export interface Endpoints {
  readonly frontDoor: Address | null;
  readonly gateway: Address;
  readonly ordersGrpc: Address;
  readonly ordersConnect: Address;
  readonly realtime: Address;
}

/** The kinds of process that stand behind a client. */
export type Hop = "envoy" | "gateway" | "orders" | "realtime";

/** How a wire reaches the order service in this run. */
export interface Route {
  /** What the client connects to. */
  readonly address: Address;
  /** What stands behind it, in order. */
  readonly hops: readonly Hop[];
  /** As people and evidence write it: `client>envoy>gateway>orders`. */
  readonly path: string;
}

/** A wire that this run can't offer, and why. */
export interface Unroutable {
  readonly reason: string;
}

const CONNECT: Record<CallWire, (options: ClientOptions) => OrderClient> = {
  "rest-h1": restH1Client,
  "rest-h2": restH2Client,
  grpc: rpcClient("grpc"),
  "grpc-web": rpcClient("grpc-web"),
  "connect-json": rpcClient("connect-json"),
  "connect-binary": rpcClient("connect-binary"),
  "ws-json": wsJsonClient,
};

/** A client of one wire. */
export function connectWire(wire: CallWire, options: ClientOptions): OrderClient {
  return CONNECT[wire](options);
}

/** How each call wire reaches the order service. Without Envoy the nearest way that needs no proxy is taken. */
export function callRoutes(endpoints: Endpoints): Record<CallWire, Route | Unroutable> {
  const { frontDoor } = endpoints;
  const through = (direct: Address, ...behind: Hop[]): Route =>
    frontDoor === null ? route(direct, ...behind) : route(frontDoor, "envoy", ...behind);
  return {
    "rest-h1": route(endpoints.gateway, "gateway", "orders"),
    "rest-h2":
      frontDoor === null
        ? { reason: "needs Envoy: the gateway speaks HTTP/1.1" }
        : route(frontDoor, "envoy", "gateway", "orders"),
    grpc: route(endpoints.ordersGrpc, "orders"),
    "grpc-web": through(endpoints.ordersConnect, "orders"),
    "connect-json": through(endpoints.ordersConnect, "orders"),
    "connect-binary": through(endpoints.ordersConnect, "orders"),
    "ws-json": through(endpoints.realtime, "realtime", "orders"),
  } satisfies Record<(typeof CALL_WIRES)[number], Route | Unroutable>;
}

/** How each push wire gets its events. */
export function pushRoutes(endpoints: Endpoints): Record<PushWire, Route> {
  const { frontDoor } = endpoints;
  const node = frontDoor === null ? route(endpoints.realtime, "realtime") : route(frontDoor, "envoy", "realtime");
  return {
    "ws-json": node,
    sse: node,
    "grpc-stream": route(endpoints.ordersGrpc, "orders"),
  } satisfies Record<(typeof PUSH_WIRES)[number], Route>;
}

function route(address: Address, ...hops: Hop[]): Route {
  return { address, hops, path: ["client", ...hops].join(">") };
}
