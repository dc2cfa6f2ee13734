import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { writeMessages } from "./write-messages.ts";

async function* numbers(count: number, produced: number[] = []) {
  for (let number = 0; number < count; number += 1) {
    produced.push(number);
    yield number;
  }
}

const encode = (number: number) => Buffer.from([number]);
const { signal } = new AbortController();

/** A stream that holds two messages and passes them on when told. */
function slowWritable() {
  const written: number[] = [];
  let release = () => {};
  const writable = new Writable({
    objectMode: true,
    highWaterMark: 2,
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk[0] ?? -1);
      release = done;
    },
  });
  return { writable, written, release: () => release() };
}

test("writeMessages writes everything in order", async () => {
  const written: number[] = [];
  const writable = new Writable({
    objectMode: true,
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk[0] ?? -1);
      done();
    },
  });
  await writeMessages(writable, numbers(50), { encode, signal });
  expect(written).toEqual([...Array(50).keys()]);
});

test("writeMessages takes no further message while the other side does not keep up", async () => {
  const produced: number[] = [];
  const { writable, release } = slowWritable();
  const writing = writeMessages(writable, numbers(4, produced), { encode, signal });
  await expect.poll(() => produced).toEqual([0, 1]);
  let done = false;
  void writing.then(() => {
    done = true;
  });
  while (!done) {
    release();
    await new Promise(setImmediate);
  }
  expect(produced).toEqual([0, 1, 2, 3]);
});

test.each(["abort", "close"])("writeMessages stops waiting at %s", async (what) => {
  const controller = new AbortController();
  const { writable } = slowWritable();
  const produced: number[] = [];
  const writing = writeMessages(writable, numbers(3, produced), { encode, signal: controller.signal });
  await expect.poll(() => produced).toEqual([0, 1]);
  if (what === "close") writable.destroy();
  controller.abort();
  await writing;
});

test("writeMessages calls beforeFirst once, before anything is written, for an empty stream too", async () => {
  for (const count of [0, 3]) {
    const calls: number[] = [];
    const { writable } = slowWritable();
    writable._write = (_chunk, _encoding, done) => done();
    await writeMessages(writable, numbers(count), {
      encode,
      signal,
      beforeFirst: () => calls.push(writable.writableLength),
    });
    expect(calls).toEqual([0]);
  }
});
