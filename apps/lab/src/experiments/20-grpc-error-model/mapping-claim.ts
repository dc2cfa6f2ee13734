import { once } from "node:events";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Code } from "@connectrpc/connect";
import { HTTP_STATUS_BY_CODE } from "@polywire/http";
import { createTap, readTap } from "@polywire/wire/tap";
import { CONTRACT } from "../../tap/registry.ts";
import { splitAddress } from "../../wires/split-address.ts";
import { byConditions, type Verdict, when } from "../framework/verdicts.ts";
import { share } from "../framework/words.ts";
import { askConnect, askGrpcJs } from "./ask.ts";
import { ALL_CODES, nameOf, orderOf, tellCode } from "./codes.ts";
import type { FaultService } from "./fault-service.ts";

/** One code as everybody sees it. */
export interface Outward {
  readonly code: number;
  readonly grpcJs: number;
  readonly connect: number;
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
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`http://${gateway}/v1/orders/${orderId}`, { headers });
    await response.arrayBuffer();
    const seen = { grpcJs: grpcJs.code, connect: connect.code, rest: response.status };
    outward.push({ code, ...seen, native: call?.httpStatus ?? null });
  }
  return outward;
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

/** Claim 20.4: from codes to HTTP and back. */
export function mappingClaim(outward: readonly Outward[], inward: readonly Inward[]): Verdict {
  const expected = (code: number): number => (code === 0 ? 200 : HTTP_STATUS_BY_CODE[code as Code]);
  const isMapped = ({ code, rest, connect, grpcJs }: Outward): boolean =>
    rest === expected(code) && connect === code && grpcJs === code;
  const mapped = outward.filter(isMapped);
  const native = new Set(outward.map((one) => one.native));
  const back = inward.filter(({ status, code }) => expected(code) === status);
  const specified = inward.filter(({ status, code }) => code === (SPECIFIED[status] ?? 2));
  return byConditions(
    [
      when(
        "outward, at a gateway",
        mapped.length === ALL_CODES.length,
        `${share(mapped.length, ALL_CODES.length)} codes`,
      ),
      when("outward, native gRPC", !native.has(200) || native.size > 1, `every call is HTTP ${[...native].join(", ")}`),
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
