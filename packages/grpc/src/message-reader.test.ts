import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { MessageReader } from "./message-reader.ts";

function reading(messages: Iterable<unknown>, toMessage = (value: unknown) => value as number) {
  const readable = Readable.from(messages);
  return { readable, reader: new MessageReader(readable, { toMessage, toError: () => new Error("broken off") }) };
}

test("MessageReader yields every message and ends", async () => {
  expect(await Array.fromAsync(reading([1, 2, 3]).reader)).toEqual([1, 2, 3]);
});

test("MessageReader answers readers that ask ahead in their order", async () => {
  const { reader } = reading([1, 2]);
  expect(await Promise.all([reader.next(), reader.next(), reader.next()])).toEqual([
    { done: false, value: 1 },
    { done: false, value: 2 },
    { done: true, value: undefined },
  ]);
});

test("MessageReader fails a waiting reader when the stream closes before its end", async () => {
  const readable = new Readable({ objectMode: true, read() {} });
  const reader = new MessageReader(readable, { toMessage: Number, toError: () => new Error("broken off") });
  const waiting = reader.next();
  readable.destroy();
  await expect(waiting).rejects.toThrow("broken off");
  await expect(reader.next()).rejects.toThrow("broken off");
});

test("MessageReader delivers what has come before an error", async () => {
  const readable = new Readable({ objectMode: true, read() {} });
  const reader = new MessageReader(readable, { toMessage: Number, toError: (error) => error });
  readable.push(1);
  reader.fail(new Error("late"));
  expect(await reader.next()).toEqual({ done: false, value: 1 });
  await expect(reader.next()).rejects.toThrow("late");
});

test("MessageReader fails, and stays failed, at a message that is none", async () => {
  const { reader } = reading([1, 2], () => {
    throw new Error("malformed");
  });
  await expect(reader.next()).rejects.toThrow("malformed");
  await expect(reader.next()).rejects.toThrow("malformed");
});

test("MessageReader leaves the stream open when its reader stops", async () => {
  const { readable, reader } = reading([1, 2, 3]);
  for await (const _ of reader) break;
  expect(readable.destroyed).toBe(false);
  expect(await reader.next()).toEqual({ done: true, value: undefined });
});
