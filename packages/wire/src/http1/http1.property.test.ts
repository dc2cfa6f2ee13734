import fc from "fast-check";
import { expect, test } from "vitest";
import { http1Conversation, type Part } from "../../tests/support/http1-script.ts";
import { joinPieces } from "../../tests/support/pieces.ts";
import { cut, cuts } from "../../tests/support/splits.ts";
import { createHttp1Connection } from "./connection.ts";
import type { Http1Event } from "./events.ts";
import type { Http1ConnectionOptions } from "./options.ts";

const LIMITS = { maxHeadBytes: 120, maxFields: 3, maxChunkLineBytes: 16, maxPending: 2, maxHeldBytes: 40 };

function decode(parts: readonly Part[], options: Http1ConnectionOptions): Http1Event[] {
  const connection = createHttp1Connection(options);
  const events = parts.flatMap(({ from, bytes }) => connection.push(from, bytes));
  return [...events, ...connection.end("client"), ...connection.end("server")];
}

test("createHttp1Connection + the same events however the input is cut", () => {
  const input = fc.record({
    parts: http1Conversation,
    at: cuts,
    join: fc.constantFrom("start" as const, "middle" as const),
    limits: fc.constantFrom({}, LIMITS),
  });
  fc.assert(
    fc.property(input, ({ parts, at, join, limits }) => {
      const inParts = parts.flatMap(({ from, bytes }) => cut(bytes, at).map((part) => ({ from, bytes: part })));
      const options = { join, ...limits };
      expect(joinPieces(decode(inParts, options))).toEqual(joinPieces(decode(parts, options)));
    }),
    { numRuns: 500 },
  );
});

test("createHttp1Connection + every byte of a body is passed on and counted once", () => {
  fc.assert(
    fc.property(http1Conversation, (parts) => {
      const sums = { client: 0, server: 0 };
      for (const event of decode(parts, {})) {
        if (event.type === "body") sums[event.from] += event.data.length;
        if (event.type !== "end") continue;
        expect(event.bodyBytes).toBe(sums[event.from]);
        expect(event.wireBytes).toBeGreaterThan(event.bodyBytes);
        sums[event.from] = 0;
      }
    }),
    { numRuns: 300 },
  );
});

test("createHttp1Connection + damaged input gives events, and each message ends once", () => {
  const damage = fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(fc.record({ parts: http1Conversation, damage, at: cuts }), ({ parts, damage, at }) => {
      for (const { bytes } of parts) {
        for (const [position, value] of damage) if (bytes.length > 0) bytes[position % bytes.length] = value;
      }
      const events = decode(
        parts.flatMap(({ from, bytes }) => cut(bytes, at).map((part) => ({ from, bytes: part }))),
        LIMITS,
      );
      const count = (...types: string[]) => events.filter(({ type }) => types.includes(type)).length;
      expect(count("end")).toBe(count("request", "response"));
    }),
    { numRuns: 1000 },
  );
});
