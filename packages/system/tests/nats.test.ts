import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startNats } from "../src/index.ts";
import { isRunning } from "../src/process/process-identity.ts";
import { temporaryFolder } from "./support.ts";

test("startNats without options serves with JetStream and leaves nothing behind when closed", async () => {
  const server = await startNats();
  const { pids } = server;
  expect(pids).toHaveLength(1);
  await server.close();
  await server.close();
  expect(pids.filter(isRunning)).toEqual([]);
});

test("startNats keeps its store folder when closed", async () => {
  await using folder = await temporaryFolder();
  await using server = await startNats({ storeDir: folder.path });
  expect(await folder.list()).toContain("jetstream");
  await server.close();
  expect(await folder.list()).toContain("jetstream");
});

test("startNats says which port is taken", async () => {
  await using first = await startNats();
  await expect(startNats({ port: first.port })).rejects.toThrow(`port ${first.port} on 127.0.0.1 is taken`);
});

test("startNats with a store it cannot use rejects with what nats-server says", async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, "jetstream"), "a file where nats-server wants a folder");
  await expect(startNats({ storeDir: folder.path })).rejects.toThrow(
    /nats ended with code 1.*storage directory is not a directory/s,
  );
});

test("startNats refuses a bound that is not a number of bytes", async () => {
  await expect(startNats({ maxStoreBytes: 0 })).rejects.toThrow("maxStoreBytes must be a whole number above 0");
});
