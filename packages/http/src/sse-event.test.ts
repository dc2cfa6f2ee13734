import { createParser, type EventSourceMessage } from "eventsource-parser";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeSseEvent, encodeSseRetry } from "./sse-event.ts";

function parse(chunks: string[]) {
  const seen = { events: [] as EventSourceMessage[], comments: [] as string[], retries: [] as number[], errors: 0 };
  const parser = createParser({
    onEvent: (event) => seen.events.push(event),
    onComment: (comment) => seen.comments.push(comment),
    onRetry: (retryMs) => seen.retries.push(retryMs),
    onError: () => {
      seen.errors += 1;
    },
  });
  for (const chunk of chunks) {
    parser.feed(chunk);
  }
  return seen;
}

const oneLine = fc.string({ unit: "binary" }).map((text) => text.replace(/[\r\n\0]/g, ""));

test("encodeSseEvent + arrives as it was sent, however the bytes are split", () => {
  const event = fc.record(
    {
      id: oneLine,
      event: oneLine.filter((text) => text !== ""),
      data: fc.string({ unit: fc.constantFrom("a", ":", " ", "\n", "é", "😀") }),
    },
    { requiredKeys: ["data"] },
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 4 }), fc.array(fc.nat(200), { maxLength: 6 }), (events, cuts) => {
      const text = events.map(encodeSseEvent).join("");
      const at = [0, ...cuts.filter((cut) => cut < text.length).sort((a, b) => a - b), text.length];
      const chunks = at.slice(1).map((end, index) => text.slice(at[index], end));
      const seen = parse(chunks);
      expect(seen.errors).toBe(0);
      expect(seen.events.map(({ event, data }) => ({ event, data }))).toEqual(
        events.map(({ event, data }) => ({ event, data })),
      );
      expect(seen.events.map(({ id }) => id ?? "")).toEqual(events.map(({ id }) => id ?? ""));
    }),
  );
});

test("encodeSseEvent + line breaks of every kind arrive as one line feed", () => {
  expect(parse([encodeSseEvent({ data: "a\r\nb\rc\nd\n\r" })]).events[0]?.data).toBe("a\nb\nc\nd\n\n");
});

test("encodeSseEvent + refuses an id or event name that would break the stream", () => {
  for (const bad of ["a\nb", "a\rb", "a\u0000b"]) {
    expect(() => encodeSseEvent({ id: bad, data: "" })).toThrow(TypeError);
    expect(() => encodeSseEvent({ event: bad, data: "" })).toThrow(TypeError);
  }
});

test("encodeSseRetry + writes whole milliseconds and refuses anything else", () => {
  expect(parse([encodeSseRetry(1500)]).retries).toEqual([1500]);
  for (const bad of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => encodeSseRetry(bad)).toThrow(TypeError);
  }
});
