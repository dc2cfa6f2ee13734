import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { firstJsonLine, spawnLab } from "./lab-process.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The home folder of the one running system that the system tests share. */
    systemHome: string;
  }
}

/** Starts the whole system once, for every system test. A missing real part is a failure, here and in CI. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const home = await mkdtemp(join(tmpdir(), "polywire-system-"));
  const lab = spawnLab({ args: ["up", "--json"], environment: { POLYWIRE_HOME: home } });
  const { parts } = (await firstJsonLine(lab)) as { parts: Record<string, string | null> };
  for (const [part, version] of Object.entries(parts)) {
    if (version === null) throw new Error(`the system tests need every real part, and ${part} is missing`);
  }
  project.provide("systemHome", home);
  return async () => {
    const exited = once(lab, "exit");
    lab.kill("SIGTERM");
    await exited;
    await rm(home, { recursive: true, force: true });
  };
}
