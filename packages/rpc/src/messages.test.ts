import { expect, test } from "vitest";
import { type StreamEnd, tapMessages } from "./messages.ts";

async function* numbers(end?: Error): AsyncGenerator<number> {
  yield 1;
  yield 2;
  if (end) throw end;
}

test("tapMessages passes on what each tap makes of a message, inner first", async () => {
  const doubled = tapMessages(numbers(), { onMessage: (n) => n * 2 });
  const increased = tapMessages(doubled, { onMessage: (n) => n + 1 });
  expect(await Array.fromAsync(increased)).toEqual([3, 5]);
});

test("tapMessages tells the end once", async () => {
  const ends: StreamEnd[] = [];
  const iterator = tapMessages(numbers(), { onEnd: (end) => ends.push(end) })[Symbol.asyncIterator]();
  while (!(await iterator.next()).done);
  await iterator.next();
  await iterator.return?.();
  expect(ends).toEqual([{ kind: "done" }]);
});

test("tapMessages shows an outer tap the error that an inner one has made", async () => {
  const ends: StreamEnd[] = [];
  const inner = tapMessages(numbers(new Error("secret")), { onError: () => new Error("public") });
  const outer = tapMessages(inner, { onEnd: (end) => ends.push(end) });
  await expect(Array.fromAsync(outer)).rejects.toThrow("public");
  expect(ends).toEqual([{ kind: "failed", error: new Error("public") }]);
});

test("tapMessages tells when the reader leaves, and lets the source clean up", async () => {
  const seen: string[] = [];
  async function* source() {
    try {
      yield 1;
      yield 2;
    } finally {
      seen.push("cleaned up");
    }
  }
  for await (const _ of tapMessages(source(), { onEnd: ({ kind }) => seen.push(kind) })) break;
  expect(seen).toEqual(["left", "cleaned up"]);
});

test("tapMessages ends the stream when a tap throws on a message", async () => {
  let cleanedUp = false;
  async function* source() {
    try {
      yield 1;
      yield 2;
    } finally {
      cleanedUp = true;
    }
  }
  const tapped = tapMessages(source(), {
    onMessage: () => {
      throw new Error("no");
    },
  });
  await expect(Array.fromAsync(tapped)).rejects.toThrow("no");
  expect(cleanedUp).toBe(true);
});
