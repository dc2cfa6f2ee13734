import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import type { HopEvent } from "./hop-event.ts";
import { tapAddress } from "./open-taps.ts";
import { serveTaps } from "./serve-taps.ts";
import { followTaps } from "./tap-client.ts";

test("serveTaps + leaves out nothing of what was kept, however little may wait of what follows", async () => {
  await using stack = new AsyncDisposableStack();
  const upstream = stack.adopt(
    createServer((_, response) => response.end("x".repeat(1000))),
    (server) => {
      server.close();
      server.closeAllConnections();
    },
  );
  await once(upstream.listen(0, "127.0.0.1"), "listening");
  const address = `127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const tap = stack.use(await tapAddress(address));
  for (let call = 0; call < 20; call += 1) await (await fetch(`http://127.0.0.1:${tap.address.port}/${call}`)).text();
  const taps = () => [{ hop: "client>envoy", tap, faults: null, upstream: address }] as const;
  const server = stack.use(await serveTaps({ host: "127.0.0.1", taps, maxBacklogBytes: 1 }));

  const kept = tap.events().length;
  const seen: HopEvent[] = [];
  const stop = new AbortController();
  const onEvent = (event: HopEvent): void => {
    if (seen.push(event) === kept) stop.abort();
  };
  const onLeftOut = (count: number): void => stop.abort(new Error(`${count} events were left out`));
  await expect(followTaps(server.address, {}, { onEvent, onLeftOut, signal: stop.signal })).rejects.toThrow("aborted");
  expect(seen.map(({ seq }) => seq)).toEqual(tap.events().map(({ seq }) => seq));
});
