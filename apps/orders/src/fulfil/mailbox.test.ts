import { expect, test } from "vitest";
import { createMailbox } from "./mailbox.ts";

test("Mailbox.put resolves when its message is taken, in the order of the senders", async () => {
  const mailbox = createMailbox<string>();
  const seen: string[] = [];
  const send = (message: string) => mailbox.put(message).then(() => seen.push(message));
  const sending = [send("a"), send("b")];
  expect(mailbox.isFull).toBe(true);
  const reader = mailbox[Symbol.asyncIterator]();
  expect(await reader.next()).toEqual({ done: false, value: "a" });
  await sending[0];
  expect(seen).toEqual(["a"]);
  expect((await reader.next()).value).toBe("b");
  await Promise.all(sending);
  const waiting = reader.next();
  await mailbox.put("c");
  expect((await waiting).value).toBe("c");
  expect(mailbox.isFull).toBe(false);
});

test("Mailbox.close ends the reader after what waits, with the first error given", async () => {
  const mailbox = createMailbox<string>();
  void mailbox.put("last");
  mailbox.close(new Error("no"));
  mailbox.close();
  await mailbox.put("too late");
  const reader = mailbox[Symbol.asyncIterator]();
  expect((await reader.next()).value).toBe("last");
  await expect(reader.next()).rejects.toThrow("no");
});

test("Mailbox lets its senders go on when the reader leaves", async () => {
  const mailbox = createMailbox<string>();
  const sending = [mailbox.put("a"), mailbox.put("b")];
  for await (const _ of mailbox) break;
  await Promise.all(sending);
  await mailbox.put("c");
});
