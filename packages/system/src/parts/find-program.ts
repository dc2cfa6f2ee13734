import { access, constants } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import type { PartFound, PartMissing, PartName, ResolvedPartOptions } from "./part.ts";
import { runCommand } from "./run-command.ts";
import { isOlder, parseVersion } from "./versions.ts";

/** How a server that is a program of its own is found and, if need be, fetched. */
export interface Program {
  readonly part: PartName;
  /** File name, on PATH and in `.tools/` (there followed by `-VERSION`). */
  readonly program: string;
  readonly versions: { readonly pinned: string; readonly oldest: string };
  /** Explicitly named program, and the variable that names it. Absent where there is no such variable. */
  readonly named?: { readonly path: string | undefined; readonly variable: string };
  /** Puts the pinned version at `target`; answers why not when it cannot. */
  readonly fetch: (target: string, options: ResolvedPartOptions) => Promise<string | undefined>;
  readonly howTo: string;
}

const VERSION_TIMEOUT_MS = 10_000;

/**
 * Looks in this order: the named program (an error when it is missing or too old), PATH (a program that is too old is
 * passed over with a notice), `.tools/`, then fetches.
 */
export async function findProgram(program: Program, options: ResolvedPartOptions): Promise<PartFound | PartMissing> {
  const { part, named, versions } = program;
  const notices: string[] = [];
  const found = (where: PartFound["where"], path: string, version: string): PartFound => {
    return { found: true, part, where, path, version, notices };
  };

  if (named?.path !== undefined) {
    if (!isAbsolute(named.path)) throw new Error(`${named.variable} must be an absolute path, not ${named.path}`);
    const probe = await probeVersion(named.path, options);
    const complaint = complaintAbout(program, probe);
    if (complaint !== undefined) throw new Error(`${named.variable} names ${named.path}: ${complaint}`);
    return found("env", named.path, probe.version ?? versions.pinned);
  }

  const onPath = await searchPath(program.program, options.environment.PATH ?? "");
  if (onPath !== undefined) {
    const probe = await probeVersion(onPath, options);
    const complaint = complaintAbout(program, probe);
    if (complaint === undefined) return found("path", onPath, probe.version ?? versions.pinned);
    notices.push(`${onPath} on PATH is not used: ${complaint}`);
  }

  const target = join(options.root, ".tools", `${program.program}-${versions.pinned}`);
  if (await isExecutable(target)) return found("tools", target, versions.pinned);
  const missing = (reason: string): PartMissing => ({ found: false, part, reason, howTo: program.howTo, notices });
  if (!options.fetch) return missing(`it is not at ${target}, and fetching is switched off`);
  const failure = await program.fetch(target, options);
  if (failure !== undefined) return missing(failure);
  const probe = await probeVersion(target, options);
  return probe.version === undefined
    ? missing(`${target} was fetched but does not run here: ${probe.output}`)
    : found("fetched", target, probe.version);
}

/** Absolute path of an executable in the folders of a PATH value. */
export async function searchPath(program: string, path: string): Promise<string | undefined> {
  // POSIX reads an empty or relative entry against the current folder: not a place to take servers from.
  for (const folder of path.split(delimiter).filter(isAbsolute)) {
    const candidate = join(folder, program);
    if (await isExecutable(candidate)) return candidate;
  }
  return undefined;
}

interface Probe {
  readonly version: string | undefined;
  readonly output: string;
}

async function probeVersion(path: string, options: ResolvedPartOptions): Promise<Probe> {
  const { environment, signal } = options;
  const result = await runCommand(path, ["--version"], { environment, signal, timeoutMs: VERSION_TIMEOUT_MS });
  return { version: result.ok ? parseVersion(result.output) : undefined, output: result.output };
}

function complaintAbout({ program, versions }: Program, { version, output }: Probe): string | undefined {
  if (version === undefined) return `it does not tell its version (${output.trim() || "no output"})`;
  if (!isOlder(version, versions.oldest)) return undefined;
  return `it is ${program} ${version}, and ${versions.oldest} or newer is needed`;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
