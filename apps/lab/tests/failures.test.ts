import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { migrate, openDatabase, provisionSchema } from "@polywire/service";
import { startPostgres } from "@polywire/system";
import { expect, onTestFinished, test } from "vitest";
import type { RunDocument } from "../src/system/discovery.ts";
import { homePaths } from "../src/system/home.ts";
import { runLab, startLab } from "./support/lab-process.ts";
import { oldNats } from "./support/old-nats.ts";
import { ownHome } from "./support/own-home.ts";

async function emptyHome() {
  const home = await ownHome();
  onTestFinished(() => home[Symbol.asyncDispose]());
  return { ...home, paths: homePaths(home.path) };
}

async function put(file: string, content: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}

test("up with a token key that is none names the file and leaves nothing running", async () => {
  const home = await emptyHome();
  await put(home.paths.tokenKey, '{"kty":"OKP"');
  const { code, stdout, stderr } = await runLab({ args: ["up"], environment: home.environment });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain(`✗ ${home.paths.tokenKey} holds no token key: remove it and start again`);
  await home.deserted();
});

test("up with the data of another Postgres version says which, and leaves it as it is", async () => {
  const home = await emptyHome();
  await put(join(home.paths.data, "postgres/PG_VERSION"), "17\n");
  const { code, stdout, stderr } = await runLab({ args: ["up"], environment: home.environment });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/✗ .*data\/postgres was made by Postgres 17, this is Postgres 18: remove it/);
  await home.deserted();
});

test("up with a service that crashes at start shows that service's log lines and leaves nothing running", async () => {
  const home = await emptyHome();
  await using postgres = await startPostgres();
  // As a later version of the pricing service leaves its schema.
  const url = await provisionSchema({ adminUrl: postgres.url, name: "pricing" });
  const database = openDatabase({ url, schema: "pricing" });
  const later = { name: "9999-of-a-later-version", up: async () => {} };
  await migrate({ db: database.db, schema: "pricing", migrations: [later] });
  await database.close();

  const environment = { ...home.environment, POLYWIRE_POSTGRES_URL: postgres.url };
  const { code, stdout, stderr } = await runLab({ args: ["up"], environment });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/✗ pricing-1 ended with code 1; its last log lines:\n.*9999-of-a-later-version/);
  await home.deserted();
});

test("up whose service dies later says which, exits with 1 and leaves nothing running", async () => {
  const home = await emptyHome();
  await using lab = startLab({ args: ["up", "--json"], environment: home.environment });
  await lab.saw(/"ready":true,"startMs".*\n/);
  const { services }: RunDocument = JSON.parse(await readFile(home.paths.run, "utf8"));
  process.kill(Number(services.find(({ name }) => name === "gateway")?.pid), "SIGKILL");
  const { code, stderr } = await lab.ended;
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("✗ gateway-1 ended by SIGKILL") });
  await home.deserted();
});

test("doctor passes over a nats-server on PATH that is too old, with its version", async () => {
  const home = await emptyHome();
  const bin = await oldNats(home.path);
  const environment = { PATH: `${bin}:${process.env.PATH}`, NATS_SERVER_BIN: "" };
  const { code, stdout } = await runLab({ args: ["doctor"], environment });
  expect(code).toBe(0);
  expect(stdout).toContain(
    `! ${bin}/nats-server on PATH is not used: it is nats-server 2.9.0, and 2.11.0 or newer is needed`,
  );
});

test("up with NATS_SERVER_BIN naming a nats-server that is too old is refused, with its version", async () => {
  const home = await emptyHome();
  const program = `${await oldNats(home.path)}/nats-server`;
  const environment = { ...home.environment, NATS_SERVER_BIN: program };
  const { code, stdout, stderr } = await runLab({ args: ["up"], environment });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain(`✗ NATS_SERVER_BIN names ${program}: it is nats-server 2.9.0, and 2.11.0 or newer`);
  await home.deserted();
});
