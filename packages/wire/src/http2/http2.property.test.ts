import fc from "fast-check";
import { expect, test } from "vitest";
import { conversation } from "../../tests/support/http2-script.ts";
import { cut, cuts } from "../../tests/support/splits.ts";
import { createHttp2Connection } from "./connection.ts";
import type { Http2Event, Side } from "./events.ts";
import type { Http2ConnectionOptions } from "./options.ts";

interface Part {
  readonly from: Side;
  readonly bytes: Uint8Array;
}

function decode(parts: readonly Part[], options: Http2ConnectionOptions): Http2Event[] {
  const connection = createHttp2Connection(options);
  const events = parts.flatMap(({ from, bytes }) => connection.push(from, bytes));
  return [...events, ...connection.end("client"), ...connection.end("server")];
}

const whole = (from: Side, bytes: Uint8Array): Part[] => [{ from, bytes }];
const inParts = (from: Side, bytes: Uint8Array, at: readonly number[]): Part[] =>
  cut(bytes, at).map((part) => ({ from, bytes: part }));
const join = fc.constantFrom("start" as const, "middle" as const);

test("createHttp2Connection + the same events however the input is cut", () => {
  fc.assert(
    fc.property(fc.record({ sides: conversation, at: cuts, join }), ({ sides, at, join }) => {
      const options = { join, resyncFrames: 2, maxStreams: 4 };
      const uncut = decode([...whole("client", sides.client), ...whole("server", sides.server)], options);
      const parts = [...inParts("client", sides.client, at), ...inParts("server", sides.server, at)];
      expect(decode(parts, options)).toEqual(uncut);
    }),
    { numRuns: 300 },
  );
});

test("createHttp2Connection + frames and headers do not depend on how the directions interleave", () => {
  const seen = (events: readonly Http2Event[], side: Side): unknown[] =>
    events
      .filter((event) => event.from === side)
      .map((event) => (event.type === "frame" ? event.frame : event.type === "headers" ? event.block : undefined))
      .filter((shown) => shown !== undefined);
  fc.assert(
    fc.property(conversation, ({ client, server }) => {
      const one = decode([...whole("client", client), ...whole("server", server)], {});
      const other = decode([...whole("server", server), ...whole("client", client)], {});
      expect(seen(other, "client")).toEqual(seen(one, "client"));
      expect(seen(other, "server")).toEqual(seen(one, "server"));
    }),
    { numRuns: 200 },
  );
});

test("createHttp2Connection + every byte belongs to exactly one frame", () => {
  fc.assert(
    fc.property(conversation, ({ client }) => {
      let offset = 0;
      for (const event of decode(whole("client", client), {})) {
        if (event.type !== "frame") continue;
        expect(event.frame.offset).toBe(offset);
        offset += event.frame.length + (event.frame.type === "PREFACE" ? 0 : 9);
      }
      expect(offset).toBe(client.length);
    }),
    { numRuns: 300 },
  );
});

test("createHttp2Connection + damaged input gives events, within the limits on what is kept", () => {
  const damage = fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(fc.record({ sides: conversation, damage, at: cuts, join }), ({ sides, damage, at, join }) => {
      for (const [position, value] of damage) {
        sides.client[position % sides.client.length] = value;
        sides.server[position % sides.server.length] = value;
      }
      const connection = createHttp2Connection({ join, maxStreams: 3 });
      for (const side of ["client", "server"] as const) {
        for (const part of cut(sides[side], at)) connection.push(side, part);
      }
      expect(connection.streams.size).toBeLessThanOrEqual(3);
    }),
    { numRuns: 1000 },
  );
});
