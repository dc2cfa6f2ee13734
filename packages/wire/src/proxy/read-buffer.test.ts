import { expect, test } from "vitest";
import { createReadBuffer } from "./read-buffer.ts";

test("createReadBuffer + gives the same memory again, and more where it was filled, up to a limit", () => {
  const taken: number[] = [];
  const { buffer, callback } = createReadBuffer((bytes) => {
    taken.push(bytes.length);
    return bytes.length > 100;
  });
  const memory = () => (typeof buffer === "function" ? buffer() : buffer);
  const first = memory();
  expect(callback(100, first)).toBe(false);
  expect(memory()).toBe(first);
  const lengths: number[] = [];
  for (let read = 0; read < 6; read += 1) {
    lengths.push(memory().length);
    expect(callback(memory().length, memory())).toBe(true);
  }
  expect(lengths).toEqual([16_384, 32_768, 65_536, 131_072, 262_144, 262_144]);
  expect(taken).toEqual([100, ...lengths]);
});
