import { once } from "node:events";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createTap, readTap } from "@polywire/wire/tap";
import { CONTRACT } from "../../tap/registry.ts";
import { splitAddress } from "../../wires/split-address.ts";
import { nameOf, tellCode } from "../building-blocks/code-words.ts";
import { pathOf } from "../building-blocks/plain-grpc.ts";
import { byConditions, type Verdict, when } from "../framework/verdicts.ts";
import { share } from "../framework/words.ts";
import { askConnect, askGrpcJs } from "./ask.ts";
import { ALL_CODES, orderOf } from "./codes.ts";
import type { FaultService } from "./fault-service.ts";

/** One code as everybody sees it. */
export interface Outward {
  readonly code: number;
  readonly grpcJs: number;
  readonly connect: number;
  /** Status of HTTP of Connect's own answer. */
  readonly connectHttp: number;
  /** Status of the gateway's REST answer. */
  readonly rest: number;
  /** Status of HTTP that carried the gRPC answer. */
  readonly native: number | null;
}

/** What gRPC's client makes of an HTTP status without a status of gRPC. */
export interface Inward {
  readonly status: number;
  readonly code: number;
}

/** What the gateway is reached by. */
export interface RestAccess {
  readonly gateway: string;
  readonly token: string;
}

/** The statuses of HTTP that proxies answer. */
export const STATUSES = [400, 401, 403, 404, 429, 500, 502, 503, 504] as const;

/** Asks for each code in every way. */
export async function mapOutward(service: FaultService, { gateway, token }: RestAccess): Promise<Outward[]> {
  await reachable(gateway);
  const outward: Outward[] = [];
  await using tap = await createTap({ upstream: splitAddress(service.grpc), registry: CONTRACT });
  for (const code of ALL_CODES) {
    const orderId = orderOf(code);
    tap.clear();
    const grpcJs = await askGrpcJs(`${tap.address.host}:${tap.address.port}`, orderId);
    const [call] = readTap(tap).calls;
    const connect = await askConnect(service.connect, orderId);
    const connectHttp = await statusOf(`http://${service.connect}${pathOf(OrderService.method.getOrder)}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ orderId }),
    });
    const headers = { authorization: `Bearer ${token}` };
    const rest = await statusOf(`http://${gateway}/v1/orders/${orderId}`, { headers });
    const native = call?.httpStatus ?? null;
    outward.push({ code, grpcJs: grpcJs.code, connect: connect.code, connectHttp, rest, native });
  }
  return outward;
}

async function statusOf(url: string, init: RequestInit): Promise<number> {
  const response = await fetch(url, init);
  await response.arrayBuffer();
  return response.status;
}

/** A gateway that had lost the service before takes its time to connect again. */
async function reachable(gateway: string): Promise<void> {
  const giveUpAt = performance.now() + GATEWAY_PATIENCE_MS;
  while (!(await fetch(`http://${gateway}/readyz`)).ok) {
    if (performance.now() > giveUpAt) throw new Error("the gateway does not reach the service that answers every code");
    await sleep(POLL_MS);
  }
}

const GATEWAY_PATIENCE_MS = 60_000;
const POLL_MS = 50;

/** Answers a gRPC client with each status of HTTP, as a proxy does that knows nothing of gRPC. */
export async function mapInward(statuses: readonly number[] = STATUSES): Promise<Inward[]> {
  let status = 200;
  const server = createServer((_request, response) => {
    response.writeHead(status, { "content-type": "text/html" });
    response.end("<h1>no</h1>");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const sessions = new Set<{ destroy(): void }>();
  server.on("session", (session) => sessions.add(session));
  const inward: Inward[] = [];
  try {
    for (status of statuses) {
      const { port } = server.address() as AddressInfo;
      inward.push({ status, code: (await askGrpcJs(`127.0.0.1:${port}`, orderOf(0))).code });
    }
  } finally {
    for (const session of sessions) session.destroy();
    server.close();
  }
  return inward;
}

/** What the gRPC specification makes of statuses (doc/http-grpc-status-mapping.md); of others UNKNOWN. */
const SPECIFIED: Readonly<Record<number, number>> = {
  ...{ 400: 13, 401: 16, 403: 7, 404: 12 },
  ...{ 429: 14, 502: 14, 503: 14, 504: 14 },
};

/** "HTTP Mapping" of each code in google/rpc/code.proto, by code. */
const PUBLISHED: readonly number[] = [
  ...[200, 499, 500, 400, 504, 404, 409, 403, 429],
  ...[400, 409, 400, 501, 500, 503, 500, 401],
];

/** Claim 20.4: from codes to HTTP and back. */
export function mappingClaim(outward: readonly Outward[], inward: readonly Inward[]): Verdict {
  const by = (where: string, statusOf: (one: Outward) => number | null) => {
    const strayed = outward.filter((one) => !isTold(one) || statusOf(one) !== PUBLISHED[one.code]);
    const isWhole = outward.length === ALL_CODES.length;
    const told = `${share(outward.length - strayed.length, outward.length)} codes have the status of google/rpc/code.proto`;
    return when(where, isWhole && strayed.length === 0, `${told}${tellStrayed(strayed, statusOf)}`);
  };
  const back = inward.filter(({ status, code }) => PUBLISHED[code] === status);
  const specified = inward.filter(({ status, code }) => code === (SPECIFIED[status] ?? 2));
  return byConditions(
    [
      by("outward, Connect", ({ connectHttp }) => connectHttp),
      by("outward, the product's REST", ({ rest }) => rest),
      by("outward, native gRPC", ({ native }) => native),
      when(
        "the way back",
        inward.length > 0 && back.length === inward.length,
        inward.map(({ status, code }) => `${status} becomes ${nameOf(code)}`).join(", "),
      ),
    ],
    [
      {
        name: "reading the table backwards",
        bit: back.length < inward.length && specified.length === inward.length,
        because: `${share(inward.length - back.length, inward.length)} statuses come back as a code whose own status is another one; ${share(specified.length, inward.length)} as gRPC has them, 400 as ${tellCode(inward.find(({ status }) => status === 400)?.code ?? 2)}`,
      },
    ],
  );
}

/** Whether both clients had the code that was sent. */
function isTold({ code, grpcJs, connect }: Outward): boolean {
  return grpcJs === code && connect === code;
}

/** The first codes that have another status. */
function tellStrayed(strayed: readonly Outward[], statusOf: (one: Outward) => number | null): string {
  if (strayed.length === 0) return "";
  const shown = strayed.slice(0, SHOWN).map((one) => `${nameOf(one.code)} ${statusOf(one)}`);
  return `, not ${shown.join(", ")}${strayed.length > SHOWN ? " ..." : ""}`;
}

const SHOWN = 3;
