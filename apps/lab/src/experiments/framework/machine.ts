import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** Where and with what a run was made. */
export interface Machine {
  /** Ends with `-dirty` when there were uncommitted changes; empty outside a checkout. */
  readonly gitRevision: string;
  /** `linux x64`. */
  readonly platform: string;
  readonly cpu: string;
  readonly cpuCount: number;
  readonly memoryBytes: number;
  /** Of Node, of the lab's libraries and of the servers that ran, by name. */
  readonly versions: Readonly<Record<string, string>>;
}

const LAB_FOLDER = fileURLToPath(new URL("../../..", import.meta.url));

/** Describes this machine and the source as it is now: before a run, so that what is edited meanwhile is not in it. */
export async function describeMachine(): Promise<Machine> {
  const [gitRevision, libraries] = await Promise.all([readGitRevision(), libraryVersions()]);
  return {
    gitRevision,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model ?? "unknown",
    cpuCount: cpus().length,
    memoryBytes: totalmem(),
    versions: { node: process.versions.node, ...libraries },
  };
}

/** Adds the versions of the servers that took part; null for one that did not. */
export function withServers(machine: Machine, servers: Readonly<Record<string, string | null>>): Machine {
  const running = Object.entries(servers).filter((entry): entry is [string, string] => entry[1] !== null);
  return { ...machine, versions: { ...machine.versions, ...Object.fromEntries(running) } };
}

async function readGitRevision(): Promise<string> {
  const git = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)("git", args, { cwd: LAB_FOLDER, timeout: 5_000, maxBuffer: 64 << 20 })).stdout.trim();
  try {
    const [revision, changes] = await Promise.all([git("rev-parse", "HEAD"), git("status", "--porcelain")]);
    return changes === "" ? revision : `${revision}-dirty`;
  } catch {
    return "";
  }
}

/** What is installed of what the lab's package.json names; the workspace's own packages are of the git revision. */
async function libraryVersions(): Promise<Record<string, string>> {
  const { dependencies } = await readPackage(LAB_FOLDER);
  const names = Object.entries(dependencies ?? {}).flatMap(([name, range]) => (range === "workspace:*" ? [] : [name]));
  const versions = names.map(async (name) => [
    name,
    (await readPackage(join(LAB_FOLDER, "node_modules", name))).version,
  ]);
  return Object.fromEntries(await Promise.all(versions));
}

async function readPackage(folder: string): Promise<{ version: string; dependencies?: Record<string, string> }> {
  return JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
}
