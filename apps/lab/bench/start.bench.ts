/**
 * How long a warm start takes until everything is ready, and the memory of all processes when idle (proportional set
 * size, so that what they share counts once). In a data folder of its own, which the first start, not counted, fills.
 *
 *     node apps/lab/bench/start.bench.ts [--json]
 *
 * Exits 1 when a target is missed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { readMemory } from "@polywire/measure";

const STARTS = 5;
const IDLE_MS = 8000;
const TARGET = { startMs: 5000, idleMb: 900 } as const;

const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
const home = mkdtempSync(join(tmpdir(), "polywire-start-bench-"));
try {
  await started(async () => {});
  const startsMs: number[] = [];
  for (let start = 0; start < STARTS; start += 1) startsMs.push(await started(async (_, startMs) => startMs));
  const processes = await started(idleMemory);

  const startMs = startsMs.toSorted((a, b) => a - b)[Math.floor(STARTS / 2)] ?? Number.NaN;
  const idleMb = processes.reduce((sum, { mb }) => sum + mb, 0);
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

async function idleMemory(lab: ChildProcess): Promise<{ name: string; mb: number }[]> {
  await sleep(IDLE_MS);
  const report = readMemory([lab.pid ?? 0]);
  if (!report) throw new Error("this benchmark needs Linux: it reads memory from /proc/PID/smaps_rollup");
  const named = report.processes.map(({ pid, pssBytes }) => ({ name: nameOf(pid), mb: pssBytes / 1e6 }));
  return named.toSorted((a, b) => b.mb - a.mb);
}

/** Starts the lab, does something with it when all is ready, and stops it. */
async function started<T>(use: (lab: ChildProcess, startMs: number) => Promise<T>): Promise<T> {
  const lab = spawn(process.execPath, [join(import.meta.dirname, "../src/main.ts"), "up", "--json"], {
    env: { ...process.env, POLYWIRE_HOME: home },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const exited = once(lab, "exit");
  try {
    const [line] = await Promise.race([
      once(createInterface(lab.stdout), "line"),
      exited.then(([code]) => {
        throw new Error(`lab up ended with ${code}: run it by hand to see why`);
      }),
    ]);
    return await use(lab, (JSON.parse(line) as { startMs: number }).startMs);
  } finally {
    lab.kill("SIGINT");
    await exited;
  }
}

/** The script of a Node process, the file name and first argument of another. */
function nameOf(pid: number): string {
  const [file = "", ...args] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  const script = args.find((arg) => /\.m?[jt]s$/.test(arg));
  return script ? script.split("/").slice(-3).join("/") : basename(file.split(" ").slice(0, 3).join(" "));
}
