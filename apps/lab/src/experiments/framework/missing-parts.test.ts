import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { missingParts } from "./missing-parts.ts";

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "polywire-parts-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

test("missingParts + says what is absent and how to get it", async () => {
  const root = await emptyFolder();
  const environment = { PATH: root };
  const options = { partOptions: { root, environment, fetch: false }, environment };
  const [nats, chromium, ...more] = await missingParts(["nats", "chromium"], options);
  expect(nats).toMatch(/^nats is absent \(.+\): .*NATS_SERVER_BIN/);
  expect(chromium).toMatch(/^chromium is absent: .*CHROMIUM_BIN/);
  expect(more).toEqual([]);
});

test("missingParts + finds Chromium by its variable and on PATH, when it can be run", async () => {
  const folder = await emptyFolder();
  const program = join(folder, "chromium");
  await writeFile(program, "");
  const missing = (environment: Record<string, string>) =>
    missingParts(["chromium"], { partOptions: { fetch: false }, environment });
  expect(await missing({ PATH: folder })).toHaveLength(1);
  await chmod(program, 0o755);
  expect(await missing({ PATH: folder })).toEqual([]);
  expect(await missing({ CHROMIUM_BIN: program })).toEqual([]);
});
