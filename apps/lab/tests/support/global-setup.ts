import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { partOptionsFromEnvironment } from "@polywire/system";
import type { TestProject } from "vitest/node";
import { startPolywire } from "../../src/system/running-system.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The home folder of the one running system that the system tests share. */
    systemHome: string;
  }
}

/** Starts the whole system once, for every system test. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const home = await mkdtemp(join(tmpdir(), "polywire-system-"));
  const system = await startPolywire({
    partOptions: { ...partOptionsFromEnvironment(process.env), fetch: false },
    port: 0,
    home,
    log: () => undefined,
    onProgress: () => undefined,
    // The system tests need every real part: what is missing is a failure, here and in CI.
    onNotice: (message) => {
      throw new Error(`the system tests need every real part: ${message}`);
    },
    signal: new AbortController().signal,
  });
  project.provide("systemHome", home);
  return async () => {
    await system[Symbol.asyncDispose]();
    await rm(home, { recursive: true, force: true });
  };
}
