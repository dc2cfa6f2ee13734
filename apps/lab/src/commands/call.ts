import { writeFile } from "node:fs/promises";
import type { JsonObject } from "@bufbuild/protobuf";
import { create, fromJson, toJson } from "@bufbuild/protobuf";
import { CreateOrderRequestSchema } from "@polywire/contract/polywire/orders/v1/order_service";
import { openTokenIssuer } from "@polywire/service";
import { writePcapng } from "@polywire/wire/pcapng";
import { sampleOrder } from "../comparison/sample-order.ts";
import type { LabConfig } from "../config.ts";
import { findRun, runEndpoints } from "../system/find-run.ts";
import { homePaths } from "../system/home.ts";
import { NO_SQL } from "../tap/attribute-sql.ts";
import { type CallReport, printCall } from "../tap/call-report.ts";
import { callPage } from "../tap/html/call-page.ts";
import { writePage } from "../tap/html/write-page.ts";
import { type CallableMethod, findMethod } from "../tap/make-call.ts";
import { clientCall, type TracedCall, type TracedJourney, traceCall, traceJourney } from "../tap/trace-call.ts";
import { UsageError } from "../terminal/usage-error.ts";
import { callRoutes, connectWire, type Endpoints } from "../wires/routes.ts";
import { splitAddress } from "../wires/split-address.ts";
import type { CallWire } from "../wires/wire.ts";

/** The flags of `lab call`. */
export interface CallFlags {
  readonly wire: CallWire;
  readonly customer: string;
  readonly timeout: number;
  readonly showWire?: boolean;
  readonly tap?: boolean;
  readonly pcapng?: string;
  readonly html?: string;
  readonly json?: boolean;
}

/**
 * Makes one call to the running system through a tap, and shows what it looked like on the wire.
 * @returns the exit code: 1 when the call failed
 */
export async function call(
  config: LabConfig,
  { name, body }: { readonly name: string; readonly body: string | undefined },
  flags: CallFlags,
): Promise<number> {
  const method = findMethod(name);
  const given = body === undefined ? undefined : readBody(body, method);
  const run = await findRun(config.home);
  if (flags.tap && run.tap === null) {
    throw new Error("the running system has no taps: start it with `npm run lab -- up --tap`");
  }
  const endpoints = runEndpoints(run);
  const route = callRoutes(endpoints)[flags.wire];
  if ("reason" in route) throw new Error(`${flags.wire} can't be had in this run: it ${route.reason}`);
  const issuer = await openTokenIssuer(homePaths(config.home).tokenKey);
  const token = await issuer.issue({ subject: flags.customer });

  const request = given ?? (await sampleRequest(method, { endpoints, token }));
  const traced = await traceCall({ method, request, wire: flags.wire, route, token, timeoutMs: flags.timeout });
  if (flags.pcapng !== undefined) await writeCapture(flags.pcapng, traced);
  const first = clientCall(traced);
  const alone: TracedJourney = { journey: [first], sql: NO_SQL, events: [] };
  const behind = flags.tap && run.tap !== null ? await traceJourney(first, run.tap) : alone;
  const { response, error, durationMs } = traced;
  const report: CallReport = {
    wire: flags.wire,
    path: route.path,
    method: `${method.parent.typeName}/${method.name}`,
    request,
    response,
    error,
    timeoutMs: flags.timeout,
    durationMs,
    requestId: behind.journey.find((record) => record.requestId !== null)?.requestId ?? null,
    calls: behind.journey,
    sql: behind.sql,
    events: [...traced.events, ...behind.events],
  };
  if (flags.html !== undefined) await writePage(flags.html, callPage(report));
  print(report, flags);
  return error === null ? 0 : 1;
}

/** Wireshark guesses HTTP/2 and HTTP/1.1 on no port of ours: it is told. */
async function writeCapture(file: string, { hop, records, events }: TracedCall): Promise<void> {
  await writeFile(file, writePcapng([{ name: hop, records }]));
  const port = records[0]?.ends.server.port;
  const dissector = events.some(({ layer }) => layer === "http2") ? "http2" : "http";
  process.stderr.write(`wrote ${file}: wireshark -d tcp.port==${port},${dissector} ${file}\n`);
}

/** The pictures go where they were asked for; else the response stands alone on standard output, for other programs. */
function print(report: CallReport, { json = false, showWire = false, tap = false }: CallFlags): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(report)}\n`);
    return;
  }
  const shown = printCall(report, { wire: showWire, hops: tap });
  if (showWire || tap) {
    process.stdout.write(`${shown}\n`);
    return;
  }
  process.stderr.write(`${shown}\n`);
  if (report.response !== null) process.stdout.write(`${JSON.stringify(report.response, null, 2)}\n`);
}

function readBody(text: string, { input }: CallableMethod): JsonObject {
  try {
    const body = JSON.parse(text);
    fromJson(input, body);
    return body;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`the request must be a ${input.name} in JSON, such as '{"orderId": "…"}': ${why}`);
  }
}

/** What is asked for when nobody said: an order as customers place them, or one that was placed just now. */
async function sampleRequest(
  method: CallableMethod,
  { endpoints, token }: { readonly endpoints: Endpoints; readonly token: string },
): Promise<JsonObject> {
  if (method.localName === "createOrder") {
    return toJson(CreateOrderRequestSchema, create(CreateOrderRequestSchema, sampleOrder())) as JsonObject;
  }
  if (!method.input.fields.some(({ localName }) => localName === "orderId")) return {};
  await using client = connectWire("grpc", { ...splitAddress(endpoints.ordersGrpc), token });
  const { orderId } = await client.createOrder(sampleOrder());
  return { orderId };
}
