import { createParser } from "eventsource-parser";
import fc from "fast-check";
import { expect, test } from "vitest";
import { cut, cuts } from "../../tests/support/splits.ts";
import { eventStream, eventStreamText } from "../../tests/support/sse-script.ts";
import { toUtf8 } from "../core/bytes.ts";
import { createSseDecoder } from "./decoder.ts";
import type { SseEvent } from "./events.ts";
import type { SseDecoderOptions } from "./options.ts";

function decode(parts: readonly Uint8Array[], options?: SseDecoderOptions): SseEvent[] {
  const decoder = createSseDecoder(options);
  return [...parts.flatMap((part) => [...decoder.push(part)]), ...decoder.end()];
}

const decodeText = (text: string, options?: SseDecoderOptions) => decode([toUtf8(text)], options);
const codes = (events: readonly SseEvent[]) =>
  events.flatMap((event) => (event.type === "error" ? [event.error.code] : []));

test("createSseDecoder + the same events however the input is cut", () => {
  const join = fc.constantFrom("start" as const, "middle" as const);
  const limits = fc.constantFrom({}, { maxLineBytes: 40, maxEventBytes: 50 });
  fc.assert(
    fc.property(fc.record({ bytes: eventStream, at: cuts, join, limits }), ({ bytes, at, join, limits }) => {
      const options = { join, ...limits };
      expect(decode(cut(bytes, at), options)).toEqual(decode([bytes], options));
    }),
    { numRuns: 500 },
  );
});

test("createSseDecoder + the same events, comments and retries as eventsource-parser", () => {
  fc.assert(
    fc.property(eventStreamText, (text) => {
      const theirs: unknown[] = [];
      const parser = createParser({
        onEvent: ({ id, event, data }) => theirs.push({ id, event: event || "message", data }),
        onRetry: (retryMs) => theirs.push(retryMs),
        onComment: (comment) => theirs.push(`:${comment}`),
      });
      parser.feed(text);
      const ours = decodeText(text).flatMap((event): unknown[] => {
        if (event.type === "event") return [{ id: event.id, event: event.event, data: event.data }];
        if (event.type === "retry") return [event.retryMs];
        return event.type === "comment" ? [`:${event.text.replace(/^ /, "")}`] : [];
      });
      expect(ours).toEqual(theirs);
    }),
    { numRuns: 500 },
  );
});

test("createSseDecoder + events, comments, retries and ids, and where they lie", () => {
  const text = ": hi\r\n\r\nretry: 500\n\nid: k:7\nevent: order\ndata: one\ndata:  two\n\nid: k:8\n\ndata\n\n";
  expect(decodeText(text)).toEqual([
    { type: "comment", text: " hi", offset: 0, wireBytes: 5 },
    { type: "retry", retryMs: 500, offset: 8, wireBytes: 11 },
    { type: "fields", id: undefined, lastEventId: "", offset: 8, wireBytes: 12 },
    {
      type: "event",
      event: "order",
      data: "one\n two",
      id: "k:7",
      lastEventId: "k:7",
      offset: 20,
      wireBytes: 43,
    },
    { type: "fields", id: "k:8", lastEventId: "k:8", offset: 63, wireBytes: 9 },
    { type: "event", event: "message", data: "", id: undefined, lastEventId: "k:8", offset: 72, wireBytes: 6 },
  ]);
});

test("createSseDecoder + joined in the middle passes the rest of an event over, and knows no last id", () => {
  const events = decodeText("a: x\ndata: lost\n\ndata: a\n\nid: 1\ndata: b\n\n", { join: "middle" });
  expect(events).toMatchObject([
    { type: "resync", offset: 17, skippedBytes: 17 },
    { type: "event", data: "a", lastEventId: null },
    { type: "event", data: "b", lastEventId: "1" },
  ]);
});

test.each([
  ["bytes that are not UTF-8", Uint8Array.of(0x64, 0xff, 0x0a, 0x0a), "bad_utf8"],
  ["a line over the limit", toUtf8(`data: ${"a".repeat(40)}\n\n`), "line_too_long"],
  ["an event over the limit", toUtf8(`${"data: aaaaaaaaaaaaaaaaaaa\n".repeat(3)}\n`), "event_too_large"],
  ["a retry that is no number", toUtf8("retry: 1s\n\n"), "bad_retry"],
  ["an id with NUL", toUtf8("id: \0\n\n"), "bad_id"],
  ["an event cut off", toUtf8("data: a\n"), "unfinished_event"],
  ["a line cut off", toUtf8("data: a"), "unfinished_event"],
])("createSseDecoder + tells %s", (_, bytes, code) => {
  expect(codes(decode([bytes], { maxLineBytes: 40, maxEventBytes: 50 }))).toEqual([`sse.${code}`]);
});

test("createSseDecoder + what a limit cuts is null, and the next event is whole again", () => {
  const long = `data: ${"a".repeat(40)}\n\n`;
  const events = decodeText(`${long}id: ${"7".repeat(40)}\n\ndata: b\n\nid: 9\ndata: c\n\n`, { maxLineBytes: 40 });
  expect(events.filter(({ type }) => type !== "error")).toMatchObject([
    { type: "event", data: null, lastEventId: "" },
    { type: "fields", lastEventId: null },
    { type: "event", data: "b", lastEventId: null },
    { type: "event", data: "c", lastEventId: "9" },
  ]);
});

test("createSseDecoder + refuses options out of range", () => {
  expect(() => createSseDecoder({ maxLineBytes: 1 })).toThrow(/maxLineBytes/);
});
