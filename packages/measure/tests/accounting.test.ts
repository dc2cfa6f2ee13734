import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { cpuTimeNs, idleBaseline, measureCpu, processTree, readMemory } from "../src/index.ts";

const linux = test.skipIf(process.platform !== "linux");
const MS = 1e6;

const BURN = `const burn = (ms) => {
  const used = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
  for (const start = used(); used() - start < ms; ) Math.sqrt(2);
};`;

/** A Node process that runs `line` whenever a line arrives and answers "done" when the promise it gives has resolved. */
async function startProcess(line: string, setUp = "") {
  const code = `${BURN} ${setUp}
    process.stdin.on("data", async () => { ${line}; process.stdout.write("done"); });
    process.stdout.write("ready");`;
  const child = spawn(process.execPath, ["-e", code], { stdio: ["pipe", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return {
    pid: pidOf(child),
    async act() {
      child.stdin.write("\n");
      await once(child.stdout, "data");
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error("the process did not start");
  return pid;
}

linux("measureCpu counts the CPU time of another process to a few ms", async () => {
  await using worker = await startProcess("burn(200)");
  const { grossNs } = await measureCpu({ pids: [worker.pid], during: worker.act });
  expect(grossNs).toBeGreaterThan(190 * MS);
  expect(grossNs).toBeLessThan(260 * MS);
});

linux("measureCpu subtracts what the process uses when idle", async () => {
  await using worker = await startProcess("await new Promise((r) => setTimeout(r, 400))", "setInterval(burn, 20, 5);");
  const pids = [worker.pid];
  const baseline = await idleBaseline({ pids, durationMs: 400 });
  const { grossNs, netNs } = await measureCpu({ pids, during: worker.act, baseline });
  expect(baseline?.nsPerMs).toBeGreaterThan(0.1 * MS);
  expect(grossNs).toBeGreaterThan(50 * MS);
  expect(netNs).toBeLessThan((grossNs ?? 0) / 2);
});

linux("cpuTimeNs keeps what a thread used after it has ended", async () => {
  const inThread = `await new Promise((ended) => new (require("node:worker_threads").Worker)(
    "for (const start = process.threadCpuUsage().user; process.threadCpuUsage().user - start < 200000; );", { eval: true },
  ).on("exit", ended))`;
  await using worker = await startProcess(inThread);
  const { grossNs } = await measureCpu({ pids: [worker.pid], during: worker.act });
  expect(grossNs).toBeGreaterThan(180 * MS);
});

linux("cpuTimeNs counts children that came and went, each too short-lived to be seen", async () => {
  const inChildren = `for (let n = 0; n < 4; n += 1)
    require("node:child_process").execFileSync(process.execPath, ["-e", ${JSON.stringify(`${BURN} burn(50)`)}])`;
  await using worker = await startProcess(inChildren);
  const { grossNs } = await measureCpu({ pids: [worker.pid], during: worker.act });
  expect(grossNs).toBeGreaterThan(180 * MS);
});

linux("processTree lists descendants after their parents, and cpuTimeNs and readMemory include them", async () => {
  const holdsChild = `const child = require("node:child_process").spawn("sleep", ["60"]);
    process.on("SIGTERM", () => { child.kill(); process.exit(); });`;
  await using worker = await startProcess("child.kill(); await new Promise((r) => child.on('exit', r))", holdsChild);
  const tree = processTree(worker.pid);
  expect(tree).toHaveLength(2);
  expect(tree[0]).toBe(worker.pid);
  const memory = readMemory([worker.pid, ...tree]);
  expect(memory?.processes.map(({ command }) => command)).toEqual([expect.stringMatching(/node|Main/i), "sleep"]);
  expect(memory?.totalBytes).toBe(memory?.processes.reduce((sum, { pssBytes }) => sum + pssBytes, 0));
  expect(memory?.totalBytes).toBeGreaterThan(10 * 2 ** 20);
  await worker.act();
  expect(processTree(worker.pid)).toEqual([worker.pid]);
});

linux("cpuTimeNs and readMemory give null once a root has ended", async () => {
  const worker = await startProcess("");
  await worker[Symbol.asyncDispose]();
  expect(processTree(worker.pid)).toEqual([]);
  expect(cpuTimeNs([process.pid, worker.pid])).toBeNull();
  expect(readMemory([process.pid, worker.pid])).toBeNull();
});

linux("cpuTimeNs never runs backwards", () => {
  let lastNs = cpuTimeNs([process.pid]) ?? 0n;
  for (let reading = 0; reading < 50; reading += 1) {
    const nextNs = cpuTimeNs([process.pid]) ?? 0n;
    expect(nextNs >= lastNs).toBe(true);
    lastNs = nextNs;
  }
});
