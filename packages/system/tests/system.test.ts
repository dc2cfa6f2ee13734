import { expect, test } from "vitest";
import { startSystem } from "../src/index.ts";
import { isRunning } from "../src/process/process-identity.ts";
import { serviceSpec } from "./fixtures/plan.ts";
import { groupRuns, waitUntil } from "./support.ts";

test("startSystem starts what others wait for first, and stops it last", async () => {
  const lines: string[] = [];
  const system = await startSystem(
    [
      await serviceSpec("gateway", { after: ["orders"] }),
      await serviceSpec("orders", { after: ["pricing"] }),
      await serviceSpec("pricing"),
    ],
    { log: ({ text }) => lines.push(text) },
  );
  await system.close();
  const order = lines.filter((line) => /starts|stops/.test(line));
  expect(order).toEqual([
    ...["pricing starts", "orders starts", "gateway starts"],
    ...["gateway stops", "orders stops", "pricing stops"],
  ]);
  // Ready means that the service itself said so, not that it was started.
  expect(lines.indexOf("pricing ready")).toBeLessThan(lines.indexOf("orders starts"));
});

test("startSystem names the instances of one service apart", async () => {
  const labels: string[] = [];
  await using system = await startSystem(
    [
      await serviceSpec("realtime", { instance: "1" }),
      await serviceSpec("realtime", { instance: "2" }),
      await serviceSpec("page", { after: ["realtime"] }),
    ],
    { onReady: ({ label }) => labels.push(label) },
  );
  expect(system.processes.map(({ label }) => label)).toEqual(["realtime-1", "realtime-2", "page"]);
  expect(labels.at(-1)).toBe("page");
});

test("startSystem with a service that crashes at start shows its log and stops the others", async () => {
  const groups: number[] = [];
  const starting = startSystem(
    [
      await serviceSpec("pricing", { flags: ["child"] }),
      await serviceSpec("orders", { flags: ["crash"], after: ["pricing"] }),
    ],
    { onReady: ({ pid }) => groups.push(pid) },
  );
  await expect(starting).rejects.toThrow(/orders ended with code 3.*\n.*orders starts\n.*cannot reach the database/);
  expect(groups).toHaveLength(1);
  for (const group of groups) expect(await groupRuns(group)).toBe(false);
});

test("startSystem with a service that never gets ready says what it answered", async () => {
  const spec = await serviceSpec("orders", { flags: ["never"] });
  await expect(startSystem([spec], { readyTimeoutMs: 600 })).rejects.toThrow(
    /orders is not ready after 600 ms: .*answers 503: warming up.*\n.*orders starts/,
  );
});

test("startSystem with a program that is not there says so", async () => {
  const spec = { name: "ghost", command: "/no/such/program", ready: { check: async () => true } };
  await expect(startSystem([spec])).rejects.toThrow(/ghost cannot be run: .*ENOENT/);
});

test("RunningSystem.failure rejects with the log when a process ends later", async () => {
  await using system = await startSystem([await serviceSpec("orders")]);
  const [orders] = system.processes;
  process.kill(orders?.pid ?? 0, "SIGKILL");
  await expect(system.failure).rejects.toThrow(/orders ended by SIGKILL.*\n.*orders starts/);
});

test("RunningSystem.close ends a process that ignores SIGTERM, with its children, within the bound", async () => {
  const system = await startSystem([await serviceSpec("orders", { flags: ["deaf", "child"] })], { stopTimeoutMs: 300 });
  const group = system.processes[0]?.pid ?? 0;
  const from = performance.now();
  await system.close();
  expect(performance.now() - from).toBeLessThan(3_000);
  await waitUntil(async () => !(await groupRuns(group)));
});

test("startSystem that is aborted stops what it started and rejects with the reason", async () => {
  const abort = new AbortController();
  const groups: number[] = [];
  const starting = startSystem(
    [await serviceSpec("pricing"), await serviceSpec("orders", { flags: ["never"], after: ["pricing"] })],
    {
      signal: abort.signal,
      onReady: ({ pid }) => groups.push(pid),
      log: ({ text }) => {
        if (text === "orders starts") abort.abort(new Error("Ctrl-C"));
      },
    },
  );
  await expect(starting).rejects.toThrow("Ctrl-C");
  expect(groups.filter(isRunning)).toEqual([]);
});
