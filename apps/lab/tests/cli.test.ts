import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { openTokenIssuer } from "@polywire/service";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { RunDocument } from "../src/system/discovery.ts";
import { homePaths } from "../src/system/home.ts";
import { CALL_WIRES, PUSH_WIRES } from "../src/wires/wire.ts";
import { type RunningLab, runLab, startLab } from "./support/lab-process.ts";
import { type OwnHome, ownHome } from "./support/own-home.ts";

test.concurrent.each([
  [["bogus"], /unknown command 'bogus'/],
  [["strat"], /Did you mean start\?/],
  [["up", "--bogus"], /unknown option '--bogus'/],
  [["up", "--frehs"], /Did you mean --fresh\?/],
  [["start", "now"], /too many arguments for 'start'/],
  [["up", "--orders", "0"], /'--orders <n>' argument '0' is invalid. give a whole number from 1 to 8/],
  [["up", "--realtime", "2.5"], /give a whole number from 1 to 16/],
  [["token"], /required option '--customer <id>'/],
  [["token", "--customer", "a b"], /give 1 to 64 letters, digits/],
  [["token", "--customer", "a", "--scope", "orders:admin"], /Allowed choices are orders:fulfil, events:read/],
  [["token", "--customer", "a", "--ttl", "soon"], /give a whole number from 1 to 2592000/],
])("lab %j is wrong usage: exit code 2 and what is wrong", async (args, complaint) => {
  const { code, stdout, stderr } = await runLab({ args });
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(complaint);
  expect(stderr).toContain("--help");
});

test.concurrent.each([
  [{ POLYWIRE_PROT: "1" }, "POLYWIRE_PROT is not a variable of this app; did you mean POLYWIRE_PORT?"],
  [{ POLYWIRE_PORT: "0" }, "POLYWIRE_PORT: must be a whole number from 1 to 65535"],
  [{ POLYWIRE_PORT: "http" }, "POLYWIRE_PORT: must be a whole number from 1 to 65535"],
  [{ POLYWIRE_NATS_URL: "127.0.0.1:4222" }, "POLYWIRE_NATS_URL: expected nats://host:port"],
  [{ POLYWIRE_POSTGRES_URL: "mysql://a" }, "POLYWIRE_POSTGRES_URL: expected postgres://"],
])("lab with %j in the environment is wrong usage: exit code 2 and which variable", async (environment, complaint) => {
  const { code, stdout, stderr } = await runLab({ args: ["doctor"], environment });
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(complaint);
});

test("lab --help lists the commands and is no failure", async () => {
  const { code, stdout, stderr } = await runLab({ args: ["--help"] });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  for (const command of ["start", "up", "doctor", "token"]) expect(stdout).toContain(`  ${command} [options]`);
});

test("doctor --json names every part with its version and where it was found", async () => {
  const { code, stdout } = await runLab({ args: ["doctor", "--json"] });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    node: process.version,
    parts: {
      postgres: { found: true, version: expect.stringMatching(/^18\./) },
      nats: { found: true, path: expect.stringContaining("nats-server") },
      envoy: { found: true, path: expect.stringContaining("envoy") },
    },
  });
});

const positive = z.number().positive();
/** What `--json` promises; a field that is not here is a failure too. */
const REPORT = z.strictObject({
  ready: z.literal(true),
  startMs: positive,
  parts: z.strictObject({ postgres: z.string(), nats: z.string(), envoy: z.string() }),
  parity: z.strictObject({ ok: z.literal(true), differences: z.tuple([]) }),
  wires: z.array(
    z.strictObject({
      wire: z.enum(CALL_WIRES),
      path: z.string().startsWith("client>"),
      calls: positive,
      errors: z.literal(0),
      p50Ms: positive,
      p99Ms: positive,
      bytesUpPerCall: positive,
      bytesDownPerCall: positive,
      connections: positive,
      serverCpuUsPerCall: positive.nullable(),
      note: z.string().nullable(),
    }),
  ),
  push: z.array(
    z.strictObject({
      wire: z.enum(PUSH_WIRES),
      path: z.string().startsWith("client>"),
      events: positive,
      missing: z.literal(0),
      p50Ms: positive,
      p99Ms: positive,
      bytesPerEvent: positive,
    }),
  ),
});

const address = z.string().regex(/^127\.0\.0\.1:\d+$/);
const DISCOVERY = z.strictObject({
  pid: positive,
  startedAt: z.iso.datetime(),
  frontDoor: address,
  nats: address,
  postgres: address,
  tap: z.null(),
  services: z.array(
    z.strictObject({
      name: z.enum(["inventory", "pricing", "orders", "gateway", "realtime"]),
      instance: z.string(),
      pid: positive,
      http: address,
      grpc: address.nullable(),
      connect: address.nullable(),
      connectH2: address.nullable(),
      ready: z.literal(true),
    }),
  ),
});

describe("a system with a home of its own", () => {
  let home: OwnHome;
  beforeAll(async () => {
    home = await ownHome();
  });
  afterAll(() => home[Symbol.asyncDispose]());

  test("start --once --json prints one document, exits with 0 and leaves nothing running", async () => {
    const { code, stdout, stderr } = await runLab({
      args: ["start", "--once", "--json"],
      environment: home.environment,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining("✗") });
    const report = REPORT.parse(JSON.parse(stdout));
    expect(report.wires.map(({ wire }) => wire)).toEqual(CALL_WIRES);
    expect(report.push.map(({ wire }) => wire)).toEqual(PUSH_WIRES);
    await home.deserted();
    expect(existsSync(homePaths(home.path).run)).toBe(false);
  });

  describe("started again while its port is taken", () => {
    let lab: RunningLab;
    let run: RunDocument;
    const squatter = createServer();
    let port: number;
    beforeAll(async () => {
      port = await new Promise((resolve) => {
        squatter.listen(0, "127.0.0.1", () => resolve(Number(Object(squatter.address()).port)));
      });
      lab = startLab({ args: ["up"], environment: { ...home.environment, POLYWIRE_PORT: String(port) } });
      await lab.saw(/Running until Ctrl-C/);
      run = JSON.parse(readFileSync(homePaths(home.path).run, "utf8"));
    });
    afterAll(async () => {
      squatter.close();
      await lab?.[Symbol.asyncDispose]();
    });

    test("up describes the run in run.json", () => {
      expect(DISCOVERY.parse(run).pid).toBe(lab.pid);
      expect(run.services.map(({ instance }) => instance)).toEqual(
        expect.arrayContaining(["inventory-1", "pricing-1", "orders-1", "gateway-1", "realtime-1", "realtime-2"]),
      );
    });

    test("up picks another port for the front door, says so and answers there", async () => {
      await lab.saw(new RegExp(`port ${port} is taken: the front door is on ${run.frontDoor?.split(":")[1]}`));
      const page = await fetch(`http://${run.frontDoor}/endpoints.json`);
      expect(await page.json()).toMatchObject({ frontDoor: run.frontDoor });
    });

    test("up finds the orders of the run before", async () => {
      const token = await (await openTokenIssuer(homePaths(home.path).tokenKey)).issue({ subject: "comparison" });
      const response = await fetch(`http://${run.frontDoor}/v1/orders?page_size=100`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(response.status).toBe(200);
      // The comparison reads one order over each wire.
      expect(((await response.json()) as { orders: unknown[] }).orders).toHaveLength(CALL_WIRES.length);
    });

    test("a second start on the same home is refused, naming the first, which keeps running", async () => {
      const { code, stdout, stderr } = await runLab({ args: ["up"], environment: home.environment });
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toContain(`already running here (process ${lab.pid}`);
      const page = await fetch(`http://${run.frontDoor}/endpoints.json`);
      expect(page.status).toBe(200);
    });

    test("up that is asked to stop exits with 0 and leaves nothing running", async () => {
      lab.kill("SIGTERM");
      expect(await lab.ended).toMatchObject({ code: 0, stderr: expect.stringContaining("stopping everything") });
      await home.deserted();
      expect(existsSync(homePaths(home.path).run)).toBe(false);
    });
  });
});
