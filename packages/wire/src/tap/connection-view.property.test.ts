import fc from "fast-check";
import { expect, test } from "vitest";
import { conversation } from "../../tests/support/http2-script.ts";
import { cut, cuts } from "../../tests/support/splits.ts";
import type { Side } from "../core/side.ts";
import { type CallEvent, createConnectionView, type LayerEvent } from "./index.ts";

const OPTIONS = {
  protocol: "auto",
  protobuf: undefined,
  websocketTypes: undefined,
  maxCalls: 8,
  maxMessageBytes: 1000,
} as const;

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"));

type Parts = readonly (readonly [Side, Uint8Array])[];

function show(parts: Parts, seen: (chunk: Uint8Array, events: readonly LayerEvent[]) => void = () => {}): LayerEvent[] {
  const view = createConnectionView(OPTIONS);
  const events = parts.flatMap(([from, chunk]) => {
    const shown = view.push(from, chunk);
    seen(chunk, shown);
    return [...shown];
  });
  return [...events, ...view.end("client"), ...view.end("server"), ...view.close()];
}

/** Functions differ from one decoding to the next, though they do the same. */
function callsOf(events: readonly LayerEvent[]): Omit<CallEvent, "decoded">[] {
  return events.flatMap((event) => (event.layer === "call" ? [{ ...event.event, decoded: undefined }] : []));
}

const REQUEST = `POST /a.B/C HTTP/1.1\r\nhost: a\r\ncontent-type: application/grpc-web+proto\r\ngrpc-timeout: 20m\r\ntransfer-encoding: chunked\r\n\r\n8\r\n\0\0\0\0\x03abc\r\n0\r\n\r\nGET /rt/ws HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
const RESPONSE = `HTTP/1.1 200 OK\r\ncontent-type: application/grpc-web+proto\r\ncontent-length: 29\r\n\r\n\0\0\0\0\x03abc\x80\0\0\0\x10grpc-status: 0\r\nHTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\x81\x02hi\x88\x02\x03\xe8`;

test("createConnectionView + the same calls however the bytes are cut, over HTTP/2", () => {
  fc.assert(
    fc.property(conversation, cuts, (sides, at) => {
      const whole = show([
        ["client", sides.client],
        ["server", sides.server],
      ]);
      const parts = (["client", "server"] as const).flatMap((from) =>
        cut(sides[from], at).map((part) => [from, part] as const),
      );
      expect(callsOf(show(parts))).toEqual(callsOf(whole));
    }),
    { numRuns: 200 },
  );
});

test("createConnectionView + the same calls when what was pushed is gone by the next push", () => {
  fc.assert(
    fc.property(conversation, cuts, (sides, at) => {
      const parts = () =>
        (["client", "server"] as const).flatMap((from) => cut(sides[from], at).map((part) => [from, part] as const));
      const callsWhere = (after: (memory: ArrayBufferLike) => void): unknown[] => {
        const calls: unknown[] = [];
        show(parts(), ({ buffer }, events) => {
          // Payloads are read here, views of them copied.
          calls.push(...structuredClone(callsOf(events)));
          after(buffer);
        });
        return calls;
      };
      const takeAway = (memory: ArrayBufferLike) => memory instanceof ArrayBuffer && memory.transfer();
      expect(callsWhere(takeAway)).toEqual(callsWhere(() => undefined));
    }),
    { numRuns: 200 },
  );
});

test("createConnectionView + the same calls however the bytes are cut, over HTTP/1.1 and WebSocket", () => {
  const sides = { client: bytes(REQUEST), server: bytes(RESPONSE) };
  const whole = callsOf(
    show([
      ["client", sides.client],
      ["server", sides.server],
    ]),
  );
  expect(whole.map(({ type }) => type)).toEqual([
    ...["call", "message", "call"],
    ...["answer", "message", "end", "answer", "message", "end"],
  ]);
  fc.assert(
    fc.property(cuts, (at) => {
      const parts = (["client", "server"] as const).flatMap((from) =>
        cut(sides[from], at).map((part) => [from, part] as const),
      );
      expect(callsOf(show(parts))).toEqual(whole);
    }),
    { numRuns: 100 },
  );
});

test("createConnectionView + survives any bytes", () => {
  const chunk = fc.tuple(fc.constantFrom<Side>("client", "server"), fc.uint8Array({ maxLength: 200 }));
  const start = fc.constantFrom("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/1.1\r\n", REQUEST, "");
  fc.assert(
    fc.property(start, fc.array(chunk, { maxLength: 20 }), (text, rest) => {
      show([["client", bytes(text)], ...rest]);
    }),
    { numRuns: 500 },
  );
});
