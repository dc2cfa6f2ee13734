/**
 * How long a warm start takes until everything is ready, and the memory of all processes when idle (proportional set
 * size, so that what they share counts once). In a data folder of its own, which the first start, not counted, fills.
 *
 *     node apps/lab/bench/start.bench.ts [--json]
 *
 * Exits 1 when a target is missed.
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { median, readMemory } from "@polywire/measure";
import { firstJsonLine, spawnLab } from "../tests/support/lab-process.ts";

const STARTS = 5;
const IDLE_MS = 8000;
const TARGET = { startMs: 5000, idleMb: 900 } as const;

const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
const home = mkdtempSync(join(tmpdir(), "polywire-start-bench-"));
try {
  await started(async () => {});
  const startsMs: number[] = [];
  for (let start = 0; start < STARTS; start += 1) startsMs.push(await started(async (_, startMs) => startMs));
  const { idleMb, processes } = await started(idleMemory);

  const startMs = median(startsMs);
  process.exitCode = startMs <= TARGET.startMs && idleMb <= TARGET.idleMb ? 0 : 1;
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ benchmark: "lab-start", startMs, startsMs, idleMb, processes, target: TARGET })}\n`
      : [
          ...processes.map(({ name, mb }) => `${name.padEnd(40)}${mb.toFixed(0).padStart(6)} MB`),
          `${"all of them, idle".padEnd(40)}${idleMb.toFixed(0).padStart(6)} MB   target ${TARGET.idleMb} MB`,
          `${"ready after (median of warm starts)".padEnd(40)}${startMs.toFixed(0).padStart(6)} ms   target ${TARGET.startMs} ms`,
          `${"each".padEnd(40)} ${startsMs.map((each) => each.toFixed(0)).join(", ")} ms`,
          "",
        ].join("\n"),
  );
} finally {
  rmSync(home, { recursive: true, force: true });
}

async function idleMemory(lab: ChildProcess) {
  await sleep(IDLE_MS);
  const report = readMemory([lab.pid ?? 0]);
  if (!report) throw new Error("this benchmark needs Linux: it reads memory from /proc/PID/smaps_rollup");
  const processes = report.processes.map(({ pid, pssBytes }) => ({ name: nameOf(pid), mb: pssBytes / 1e6 }));
  return { idleMb: report.totalBytes / 1e6, processes };
}

/** Starts the lab, does something with it when all is ready, and stops it. */
async function started<T>(use: (lab: ChildProcess, startMs: number) => Promise<T>): Promise<T> {
  const lab = spawnLab({ args: ["up", "--json"], environment: { POLYWIRE_HOME: home } });
  const exited = once(lab, "exit");
  try {
    const { startMs } = (await firstJsonLine(lab)) as { startMs: number };
    return await use(lab, startMs);
  } finally {
    lab.kill("SIGINT");
    await exited;
  }
}

/** The script of a Node process, the program of another; Postgres names its processes itself. */
function nameOf(pid: number): string {
  const [file = "", ...args] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  const script = args.find((arg) => /\.m?[jt]s$/.test(arg));
  return script ? script.split("/").slice(-3).join("/") : basename(file.split(" ").slice(0, 3).join(" "));
}
