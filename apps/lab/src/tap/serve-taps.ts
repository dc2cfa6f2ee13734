import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createFaultDesk } from "../faults/fault-desk.ts";
import { serveFaults } from "../faults/serve-faults.ts";
import type { Address } from "../system/front-door.ts";
import { type HopEvent, hopEvent, machineMs } from "./hop-event.ts";
import type { HopTap } from "./open-taps.ts";

/** Tells other processes on this machine what the taps of a run see. */
export interface TapServer extends AsyncDisposable {
  readonly address: Address;
}

/** What {@link serveTaps} is told. */
export interface ServeTapsOptions {
  readonly host: string;
  readonly taps: () => readonly HopTap[];
  /**
   * Bytes that may wait for a slow reader besides what was kept when it came; events beyond are left out, and their number
   * told. Default 8 MiB.
   */
  readonly maxBacklogBytes?: number;
}

/**
 * Starts it: `/events` answers what is kept, one JSON document a line; `/live` the same as server-sent events, and then
 * every event that follows. `?hop=` chooses hops, `?since=` (on the clock of `machineMs`) leaves out what was before.
 * `/faults` is for setting faults on the hops.
 */
export async function serveTaps({ host, taps, maxBacklogBytes = 8_388_608 }: ServeTapsOptions): Promise<TapServer> {
  const desk = createFaultDesk(taps);
  const server = createServer((request, response) => {
    const url = URL.parse(request.url ?? "/", "http://taps");
    if (!isLocal(request)) response.writeHead(403).end();
    else if (url === null) response.writeHead(400).end();
    else if (url.pathname === "/faults") void serveFaults(desk, request, response);
    else if (request.method !== "GET") response.writeHead(405, { allow: "GET" }).end();
    else if (url.pathname === "/events") {
      response.writeHead(200, { "content-type": "application/x-ndjson", "cache-control": "no-store" });
      response.end(
        kept(taps(), url.searchParams)
          .map((event) => `${JSON.stringify(event)}\n`)
          .join(""),
      );
    } else if (url.pathname === "/live") follow(response, url.searchParams);
    else response.writeHead(404).end();
  });
  const follow = (response: ServerResponse, query: URLSearchParams): void => {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    for (const event of kept(taps(), query)) response.write(`data: ${JSON.stringify(event)}\n\n`);
    const mostBytes = response.writableLength + maxBacklogBytes;
    let left = 0;
    const send = (event: HopEvent): void => {
      if (response.writableLength > mostBytes) {
        left += 1;
        return;
      }
      if (left > 0) response.write(`event: left-out\ndata: ${left}\n\n`);
      left = 0;
      response.write(`data: ${JSON.stringify(event)}\n\n`);
    };
    const chosen = choose(taps(), query);
    const stops = chosen.map(({ hop, tap }) => tap.subscribe((event) => send(hopEvent(hop, event))));
    response.on("close", () => {
      for (const stop of stops) stop();
    });
  };
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, host, resolve));
  return {
    address: `${host}:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** A page from elsewhere can reach this port under a name of its own (DNS rebinding), but then it says that name. */
function isLocal({ headers }: IncomingMessage): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(headers.host ?? "");
}

function choose(taps: readonly HopTap[], query: URLSearchParams): readonly HopTap[] {
  const hops = query.getAll("hop");
  return hops.length === 0 ? taps : taps.filter(({ hop }) => hops.includes(hop));
}

function kept(taps: readonly HopTap[], query: URLSearchParams): HopEvent[] {
  const since = Number(query.get("since") ?? 0);
  return choose(taps, query)
    .flatMap(({ hop, tap }) => tap.events().flatMap((event) => (machineMs(event.atMs) < since ? [] : [{ hop, event }])))
    .sort((a, b) => a.event.atMs - b.event.atMs)
    .map(({ hop, event }) => hopEvent(hop, event));
}
