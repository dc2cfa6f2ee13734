import { createServer } from "node:net";
import { expect, test } from "vitest";
import { freePort } from "./free-port.ts";

test("freePort gives the preferred port when it is free, and another one and a word when it is taken", async () => {
  const { port } = await freePort();
  expect(await freePort(port)).toEqual({ port, preferredTaken: false });
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, "0.0.0.0", resolve));
  const other = await freePort(port);
  expect(other.preferredTaken).toBe(true);
  expect(other.port).not.toBe(port);
  await new Promise((resolve) => server.close(resolve));
});

test("freePort never gives one port twice", async () => {
  const ports = await Promise.all(Array.from({ length: 200 }, () => freePort()));
  expect(new Set(ports.map(({ port }) => port)).size).toBe(200);
});

test.each([-1, 65_536, 1.5, Number.NaN])("freePort refuses %s", async (port) => {
  await expect(freePort(port)).rejects.toThrow(RangeError);
});
