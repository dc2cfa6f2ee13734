import { create, toBinary } from "@bufbuild/protobuf";
import { Metadata, Server, type sendUnaryData, status } from "@grpc/grpc-js";
import { DebugInfoSchema } from "@polywire/contract/google/rpc/error_details";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { MAX_DETAILS_BYTES, rpcError } from "@polywire/rpc";
import type { Address } from "../../system/front-door.ts";
import { startBalancer } from "../building-blocks/balancer.ts";
import { nameOf, tellCode } from "../building-blocks/code-words.ts";
import { listenPlainly, pathOf } from "../building-blocks/plain-grpc.ts";
import type { RunContext } from "../framework/experiment.ts";
import { byConditions, type Condition, type Verdict, when } from "../framework/verdicts.ts";
import { askGrpcJs } from "./ask.ts";
import { startFaultService } from "./fault-service.ts";

/** What became of an error whose details have a size. */
export interface Growth {
  readonly kilobytes: number;
  readonly via: "direct" | "envoy" | "capped";
  readonly sentBytes: number;
  readonly code: number;
  readonly arrivedBytes: number;
}

/** What the error was sent with. */
const SENT_CODE = status.FAILED_PRECONDITION;

/** Sends details of these sizes: as they are, direct and through Envoy, and by the product's server, which caps them. */
export async function growDetails(
  kilobytes: readonly number[],
  startEnvoy: RunContext["startEnvoy"],
): Promise<Growth[]> {
  await using stack = new AsyncDisposableStack();
  const backend = await startUncapped(stack);
  const capped = stack.use(
    await startFaultService((orderId) => {
      const value = { detail: "x".repeat(Number(orderId)) };
      throw rpcError("OUT_OF_STOCK", "planted", { details: [{ desc: DebugInfoSchema, value }] });
    }),
  );
  const envoy = stack.use(await startBalancer(startEnvoy, { layer: "http", backends: [backend] }));
  const ways: readonly (readonly [Growth["via"], Address])[] = [
    ["direct", backend],
    ["envoy", envoy.address],
    ["capped", capped.grpc],
  ];
  const grown: Growth[] = [];
  for (const [via, address] of ways) {
    for (const size of kilobytes) {
      const { code, detailsBytes } = await askGrpcJs(address, String(size * 1000));
      grown.push({ kilobytes: size, via, sentBytes: size * 1000, code, arrivedBytes: detailsBytes });
    }
  }
  return grown;
}

/** Plain grpc-js, which sends whatever it is given: details of as many bytes as the order's id says. */
async function startUncapped(stack: AsyncDisposableStack): Promise<Address> {
  const { getOrder } = OrderService.method;
  const server = new Server();
  const asIs = (bytes: Uint8Array): Buffer => Buffer.from(bytes);
  server.register(
    pathOf(getOrder),
    ({ request }: { request: { orderId: string } }, respond: sendUnaryData<Uint8Array>) => {
      const metadata = new Metadata();
      metadata.set("grpc-status-details-bin", detailsOf(Number(request.orderId)));
      respond({ code: SENT_CODE, details: "planted", metadata });
    },
    asIs,
    (bytes: Buffer) => ({ orderId: bytes.subarray(2).toString() }),
    "unary",
  );
  stack.defer(() => server.forceShutdown());
  return await listenPlainly(server);
}

/** A message of so many bytes or a few more. */
function detailsOf(bytes: number): Buffer {
  return Buffer.from(toBinary(DebugInfoSchema, create(DebugInfoSchema, { detail: "x".repeat(bytes) })));
}

/** Claim 20.6: how far details may grow. */
export function growthClaim(grown: readonly Growth[]): Verdict {
  const conditions = grown
    .filter(({ via }) => via !== "capped")
    .map((one): Condition => {
      const where = one.via === "direct" ? "direct" : "through Envoy";
      return when(`${one.kilobytes} KB ${where}`, isWhole(one), tell(one));
    });
  const capped = grown.filter(({ via }) => via === "capped");
  const lost = grown.filter((one) => one.via !== "capped" && one.code !== SENT_CODE);
  return byConditions(
    [conditions[0] as Condition, ...conditions.slice(1)],
    [
      {
        name: "details without a cap, against a server that caps them",
        bit: lost.length > 0 && capped.length > 0 && capped.every(isSafe),
        because: `${lost.length} errors lost their code, of a server with a cap of ${MAX_DETAILS_BYTES} bytes none: ${capped.map(tell).join(", ")}`,
      },
    ],
  );
}

function isWhole({ code, sentBytes, arrivedBytes }: Growth): boolean {
  return code === SENT_CODE && arrivedBytes >= sentBytes;
}

function isSafe({ code, arrivedBytes }: Growth): boolean {
  return code === SENT_CODE && arrivedBytes > 0;
}

function tell({ code, arrivedBytes }: Growth): string {
  return code === SENT_CODE ? `${nameOf(code)} with ${arrivedBytes} bytes` : `${tellCode(code)}, the details are lost`;
}
